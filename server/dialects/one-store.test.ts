import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../test/posting.ts'
import { refreshPostStatus } from '../storage/post-status.ts'

/** One store behind four APIs: what is written in one is read in the others, in their own words (conflicts 4.6). */

let world: Awaited<ReturnType<typeof testPosting>>
let account: { id: string; number: number }
let second: string
let key: string
beforeAll(async () => {
  world = await testPosting()
  const { owner } = world
  const id = await world.addAccount()
  const row = world.ctx.db.selectFrom('accounts').select('number').where('id', '=', id)
  account = { id, ...(await row.executeTakeFirstOrThrow()) }
  second = await world.addAccount()
  key = (await owner('POST', '/admin/keys', { name: 'x', tier: 'enterprise' })).json().data.key.api_key
})
afterAll(() => world.close())

const time = '2031-06-10T09:00:00'
/** C, with a key; the owner's login serves the other three. */
const keyed = (method: 'GET' | 'POST', url: string, body?: object) =>
  world.app.inject({
    ...{ method, url, headers: { 'x-api-key': key, 'x-workspace-id': world.owner.workspaceId } },
    ...(body && { payload: body }),
  })

const writers: Record<'A' | 'B' | 'C' | 'D', (text: string) => Promise<string>> = {
  async A(content) {
    const body = { social_account_id: account.number, content, scheduled_time: time }
    const { id: number } = (await world.owner('POST', '/api/v1/posts', body)).json()
    const row = world.ctx.db.selectFrom('posts').select('id').where('number', '=', number)
    return (await row.executeTakeFirstOrThrow()).id
  },
  async B(content) {
    const body = { content, targetAccountIds: [account.id] }
    return (await world.owner('POST', `/api/v1/brands/${world.owner.brandId}/posts`, body)).json().id
  },
  async C(content) {
    const answer = await keyed('POST', '/api/posts', { content, platforms: [`acc_${account.id}`] })
    return answer.json().data.post.id.slice('post_'.length)
  },
  async D(caption) {
    const targets = [{ connectionId: account.id }]
    const body = { caption, contentType: 'text', scheduledAt: `${time}Z`, targets }
    return (await world.owner('POST', '/content/slots', body)).json().id
  },
}

async function readers(id: string) {
  const row = world.ctx.db.selectFrom('posts').select('number').where('id', '=', id)
  const { number } = await row.executeTakeFirstOrThrow()
  return {
    number,
    A: (await world.owner('GET', `/api/v1/posts/${number}`)).json(),
    B: (await world.owner('GET', `/api/v1/posts/${id}`)).json(),
    C: (await keyed('GET', `/api/posts/post_${id}`)).json().data.post,
    D: (await world.owner('GET', `/content/slots/${id}`)).json(),
  }
}

test.each(['A', 'B', 'C', 'D'] as const)('a post written in %s is read in all four', async (writer) => {
  const text = `Written in ${writer}`
  const { number, A, B, C, D } = await readers(await writers[writer](text))
  expect(A).toMatchObject({ id: number, content: text, platform: 'chirp', social_account_id: account.number })
  expect(B).toMatchObject({ content: text, targetAccountIds: [account.id], targets: [{ network: 'chirp' }] })
  expect(C).toMatchObject({ content: text, platforms: ['chirp'] })
  expect(D).toMatchObject({ caption: text, targets: [{ connectionId: account.id, platform: 'chirp' }] })
  expect([A.status, B.status, C.status, D.status]).toEqual(['draft', 'draft', 'draft', 'draft'])
  // A and D always give a time, B and C need none.
  const at = writer === 'A' || writer === 'D' ? `${time}.000Z` : null
  expect([A.scheduled_time, B.scheduledAt, D.scheduledAt]).toEqual([at && time, at, at])
})

/** A draft for two accounts at `time`. */
async function fresh(caption: string): Promise<string> {
  const targets = [{ connectionId: account.id }, { connectionId: second }]
  const body = { caption, contentType: 'text', scheduledAt: `${time}Z`, targets }
  return (await world.owner('POST', '/content/slots', body)).json().id
}
const schedule = (id: string) =>
  world.owner('POST', `/api/v1/posts/${id}/schedule`, { scheduledAt: `${time}Z` })

/** How each state comes about, and its word in A, B, C and D (answers 1.1). */
const states: [string, (id: string) => Promise<unknown>, [string, string, string, string]][] = [
  ['draft', async () => undefined, ['draft', 'draft', 'draft', 'draft']],
  [
    'pending',
    (id) => world.owner('POST', `/content/slots/${id}/submit-review`),
    ['draft', 'pending_approval', 'draft', 'pending_review'],
  ],
  ['scheduled', schedule, ['scheduled', 'scheduled', 'scheduled', 'scheduled']],
  [
    'publishing',
    (id) => schedule(id).then(() => world.setDeliveries(id, 'publishing', { fenced: true })),
    ['scheduled', 'publishing', 'scheduled', 'publishing'],
  ],
  [
    'published',
    (id) => world.setDeliveries(id, 'published', { externalId: 'x', url: 'https://chirp.example/x' }),
    ['published', 'published', 'published', 'published'],
  ],
  ['partially failed', publishHalf, ['published', 'published', 'published', 'partially_failed']],
  ['failed', (id) => world.setDeliveries(id, 'failed'), ['failed', 'failed', 'failed', 'failed']],
  ['uncertain', (id) => world.setDeliveries(id, 'uncertain'), ['failed', 'failed', 'failed', 'failed']],
  ['cancelled', cancelInA, ['cancelled', 'draft', 'draft', 'draft']],
]

async function publishHalf(id: string) {
  await world.setDeliveries(id, 'published', { externalId: 'x', url: 'https://chirp.example/x' })
  const failure = JSON.stringify({
    class: 'permanent',
    rule: 'x',
    message: 'Chirp said no.',
    remedy: 'Ask again.',
  })
  await world.ctx.db
    .updateTable('deliveries')
    .set({ state: 'failed', failure, publishedAt: null, externalId: null, url: null })
    .where('postId', '=', id)
    .where('accountId', '=', second)
    .execute()
  await refreshPostStatus(world.ctx.db, [id], world.ctx.clock.now())
}

async function cancelInA(id: string) {
  await schedule(id)
  const { number } = await readers(id)
  const answer = await world.owner('POST', `/api/v1/posts/${number}/cancel`)
  expect(answer.json().status).toBe('cancelled')
}

/** The lists, each asked with one of its own words; ids as the store has them. */
async function listed(dialect: 'A' | 'B' | 'C' | 'D', word: string): Promise<string[]> {
  const { owner } = world
  const ids = async (path: string, pick: (body: unknown) => unknown) => {
    const answer = await (dialect === 'C' ? keyed('GET', path) : owner('GET', path))
    expect([path, answer.statusCode]).toEqual([path, 200])
    return pick(answer.json()) as string[]
  }
  const idsOf = (rows: unknown) => (rows as { id: string }[]).map((row) => row.id)
  switch (dialect) {
    case 'A':
      return ids(`/api/v1/posts?status=${word}&limit=500`, idsOf)
    case 'B':
      return ids(`/api/v1/brands/${owner.brandId}/posts?status=${word}&limit=100`, (body) =>
        idsOf((body as { data: unknown }).data),
      )
    case 'C':
      return ids(`/api/posts?status=${word}&limit=100`, (body) =>
        idsOf((body as { data: { posts: unknown } }).data.posts).map((id) => id.slice('post_'.length)),
      )
    case 'D':
      return ids(`/content/slots?from=2031-06-01T00:00:00Z&to=2031-07-01T00:00:00Z&status=${word}`, (body) =>
        idsOf((body as { data: unknown }).data),
      )
  }
}
const words = {
  A: ['draft', 'scheduled', 'published', 'failed', 'cancelled'],
  B: ['draft', 'scheduled', 'published', 'failed'],
  C: ['draft', 'scheduled', 'published', 'failed'],
  D: [
    'draft',
    'pending_review',
    'approved',
    'scheduled',
    'publishing',
    'published',
    'partially_failed',
    'failed',
  ],
}
/** B's four filters cover every row, so two of them hold a word more. */
const filterOf = { pending_approval: 'draft', publishing: 'scheduled' } as Record<string, string>

test.each(states)(
  'a post that is %s says so in four ways, and is found under its word alone',
  async (state, become, shown) => {
    const id = await fresh(`This is ${state}`)
    await become(id)
    const { number, A, B, C, D } = await readers(id)
    expect([A.status, B.status, C.status, D.status]).toEqual(shown)
    for (const [index, dialect] of (['A', 'B', 'C', 'D'] as const).entries()) {
      const own = dialect === 'A' ? number : id
      const found: string[] = []
      for (const word of words[dialect])
        if ((await listed(dialect, word)).includes(own as string)) found.push(word)
      const word = shown[index] ?? ''
      expect([dialect, found]).toEqual([dialect, [dialect === 'B' ? (filterOf[word] ?? word) : word]])
    }
    if (state === 'uncertain') {
      expect(A.error_message).toContain('may have been published')
      expect(B.targets[0].status).toBe('uncertain')
      expect(C.platform_posts[0].error).toContain('may have been published')
    }
    if (state === 'partially failed') {
      expect(A.error_message).toContain('Chirp said no.')
      expect(B.targets.map((target: { status: string }) => target.status)).toEqual(['published', 'failed'])
      expect(C.platform_posts.map((part: { status: string }) => part.status)).toEqual(['published', 'failed'])
      expect(D.targets.map((target: { publishStatus: string }) => target.publishStatus)).toEqual([
        'published',
        'failed',
      ])
    }
  },
)

test('an edit, a move and a cancel in one are seen in the others', async () => {
  const id = await fresh('Before')
  const { number } = await readers(id)
  await world.owner('PUT', `/api/v1/posts/${number}`, { content: 'After' })
  await keyed('POST', `/api/posts/post_${id}/schedule`, {
    scheduled_at: '2031-06-11T11:00:00',
    timezone: 'Europe/Paris',
  })
  await world.owner('POST', `/content/slots/${id}/reschedule`, { scheduledAt: '2031-06-12T09:00:00Z' })
  const { A, B, C, D } = await readers(id)
  expect([A.content, B.content, C.content, D.caption]).toEqual(['After', 'After', 'After', 'After'])
  const at = '2031-06-12T09:00:00.000Z'
  expect([`${A.scheduled_time}.000Z`, B.scheduledAt, C.scheduled_at, D.scheduledAt]).toEqual([at, at, at, at])
  expect((await world.owner('POST', `/api/v1/posts/${id}/cancel`)).json().status).toBe('draft')
  const after = await readers(id)
  expect([after.A.status, after.C.status, after.D.status]).toEqual(['draft', 'draft', 'draft'])
})

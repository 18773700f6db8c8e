import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let chirpId: string

beforeAll(async () => {
  world = await testPosting()
  owner = world.owner
  chirpId = await world.addAccount('chirp')
})
afterAll(() => world.close())

const posts = (brandId = owner.brandId) => `/api/v1/brands/${brandId}/posts`
const post = (id: string, verb = '') => `/api/v1/posts/${id}${verb && `/${verb}`}`

// ---------------------------------------------------------------- the other verbs

test('publish now answers 202 at once; the engine finds it due', async () => {
  const made = await world.newPost({ content: 'Now', targetAccountIds: [chirpId] })
  const answer = await owner('POST', post(made.id, 'publish'))
  expect(answer.statusCode, answer.body).toBe(202)
  expect(answer.json().status).toBe('publishing')
  const [delivery] = await world.deliveriesOf(made.id)
  expect(delivery?.state).toBe('scheduled')
  expect(delivery?.wakeAt?.getTime()).toBeLessThanOrEqual(world.ctx.clock.now().getTime())
})

test('cancel takes a scheduled post back to draft, without a time', async () => {
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId],
    scheduledAt: world.inAnHour(),
  })
  const cancelled = await owner('POST', post(made.id, 'cancel'))
  expect(cancelled.json()).toMatchObject({ status: 'draft', scheduledAt: null })
  const again = await owner('POST', post(made.id, 'cancel'))
  expect(again.statusCode).toBe(400)
  expect(again.json().error.details).toMatchObject([{ path: 'status' }])
})

test('cancelling a post that is partly out stops the rest and leaves what is out', async () => {
  const second = await world.addAccount()
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId, second],
    scheduledAt: world.inAnHour(),
  })
  await world.setDeliveries(made.id, 'published')
  await world.ctx.db
    .updateTable('deliveries')
    .set({ state: 'scheduled', publishedAt: null })
    .where('id', '=', made.targets[1].id)
    .execute()
  const answer = await owner('POST', post(made.id, 'cancel'))
  expect(answer.json()).toMatchObject({
    status: 'published',
    targets: [{ status: 'published' }, { status: 'cancelled' }],
  })
})

test('deleting takes the post away with its log; a second time there is nothing', async () => {
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId],
    scheduledAt: world.inAnHour(),
  })
  const answer = await owner('DELETE', post(made.id))
  expect([answer.statusCode, answer.body]).toEqual([204, ''])
  for (const again of [await owner('GET', post(made.id)), await owner('DELETE', post(made.id))])
    expect(again.statusCode).toBe(404)
  expect(await world.deliveriesOf(made.id)).toEqual([])
  expect((await world.eventsOf(made.id)).at(-1)).toBe('post.deleted')
})

test('the log tells what was asked, oldest first, in pages', async () => {
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId],
    scheduledAt: world.inAnHour(),
  })
  await owner('POST', post(made.id, 'schedule'), { scheduledAt: '2030-01-01T00:00:00Z' })
  await owner('POST', post(made.id, 'cancel'))
  const lines = (await owner('GET', post(made.id, 'log'))).json()
  expect(lines.data.map((line: { action: string; message: string }) => [line.action, line.message])).toEqual([
    ['scheduled', `Scheduled for ${made.scheduledAt}.`],
    ['scheduled', 'Moved to 2030-01-01T00:00:00.000Z.'],
    ['cancelled', 'Cancelled before it was sent.'],
  ])
  const first = (await owner('GET', `${post(made.id, 'log')}?limit=2`)).json()
  const rest = (await owner('GET', `${post(made.id, 'log')}?limit=2&cursor=${first.page.nextCursor}`)).json()
  expect([...first.data, ...rest.data]).toEqual(lines.data)
  expect(rest.page.nextCursor).toBeNull()
})

// ---------------------------------------------------------------- what is shown

test('states are shown in the words of the API, with a text where a person must act', async () => {
  const made = await world.newPost({
    content: 'a',
    targetAccountIds: [chirpId],
    scheduledAt: world.inAnHour(),
  })
  const shown = async (state: Parameters<typeof world.setDeliveries>[1], fenced = false) => {
    await world.setDeliveries(made.id, state, { fenced })
    return (await owner('GET', post(made.id))).json()
  }
  expect(await shown('publishing', true)).toMatchObject({ status: 'publishing' })
  expect(await shown('held')).toMatchObject({
    status: 'scheduled',
    statusText: expect.stringContaining('cannot publish right now'),
    targets: [{ status: 'held' }],
  })
  expect(await shown('uncertain')).toMatchObject({
    status: 'failed',
    statusText: expect.stringContaining('may or may not be live'),
    targets: [
      { status: 'uncertain', error: { rule: 'no_answer', remedy: expect.stringContaining('resolve') } },
    ],
  })
  expect(await shown('cancelled')).toMatchObject({ status: 'draft' })
  expect(await shown('published')).toMatchObject({ status: 'published', publishedAt: expect.any(String) })
})

test('the four filters cover every post once', async () => {
  const brandId = await world.addBrand()
  const account = await world.addAccount('chirp', { brandId })
  const mine = Object.assign((...args: Parameters<typeof owner>) => owner(...args), owner, { brandId })
  const made: string[] = []
  for (const state of [
    'draft',
    'cancelled',
    'scheduled',
    'held',
    'publishing',
    'published',
    'failed',
    'uncertain',
  ] as const) {
    const { id } = await world.newPost(
      { content: state, targetAccountIds: [account], scheduledAt: world.inAnHour() },
      mine,
    )
    await world.setDeliveries(id, state)
    made.push(id)
  }
  const pending = await world.newPost({ content: 'pending', targetAccountIds: [account] }, mine)
  await owner('POST', post(pending.id, 'submit-for-approval'))
  const contents: Record<string, string[]> = {}
  for (const status of ['draft', 'scheduled', 'published', 'failed'])
    contents[status] = (await owner('GET', `${posts(brandId)}?status=${status}`))
      .json()
      .data.map((one: { content: string }) => one.content)
  expect(contents).toEqual({
    draft: ['pending', 'cancelled', 'draft'],
    scheduled: ['publishing', 'held', 'scheduled'],
    published: ['published'],
    failed: ['uncertain', 'failed'],
  })
  const unknown = await owner('GET', `${posts(brandId)}?status=cancelled`)
  expect(unknown.json().error.details).toMatchObject([{ path: 'status' }])
})

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'
import { makeOccurrences, wakeRecurrences } from '../../operations/make-occurrences.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let owner: typeof world.owner
let token: string
let chirpId: string

beforeAll(async () => {
  world = await testPosting()
  // Access tokens live minutes, these stories days: the owner logs in again whenever time has passed.
  owner = Object.assign(
    (...[method, url, body]: Parameters<typeof world.owner>) =>
      world.owner(method, url, body, { headers: { authorization: `Bearer ${token}` } }),
    world.owner,
  )
  chirpId = await world.addAccount()
})
afterAll(() => world.close())
beforeEach(async () => {
  world.clock.set(new Date('2030-01-07T12:00:00Z')) // a Monday
  await pass(0)
})

async function pass(ms: number) {
  world.clock.advance(ms)
  const answer = await world.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email: 'owner@example.com', password: 'password123' },
  })
  token = answer.json().accessToken
}

const recurrence = (id: string, verb = '') => `/api/v1/recurrences/${id}${verb && `/${verb}`}`
const body = (more: object = {}) => ({
  name: 'Every morning',
  cron: '0 9 * * *',
  timezone: 'Europe/Zurich',
  template: { content: 'Good morning', hashtags: ['gm'] },
  targetAccountIds: [chirpId],
  autoSchedule: true,
  ...more,
})
async function made(more: object = {}) {
  const answer = await owner('POST', `/api/v1/brands/${owner.brandId}/recurrences`, body(more))
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}
const read = async (id: string) => (await owner('GET', recurrence(id))).json()
const postsOf = async (id: string) => {
  const rows = await world.ctx.db
    .selectFrom('posts')
    .selectAll()
    .where('recurrenceId', '=', id)
    .orderBy('dueAt')
    .execute()
  return rows.map(({ dueAt, status, text, origin }) => [dueAt?.toISOString(), status, text, origin])
}
const day = 86_400_000

test('a recurrence makes each post a day ahead, scheduled, and plans the next', async () => {
  const { id, ...shown } = await made()
  expect(shown).toMatchObject({
    status: 'active',
    nextRunAt: '2030-01-08T08:00:00.000Z',
    template: { content: 'Good morning', hashtags: ['gm'] },
    upcoming: [
      '2030-01-08T08:00:00.000Z',
      '2030-01-09T08:00:00.000Z',
      expect.any(String),
      expect.any(String),
      expect.any(String),
    ],
  })
  await makeOccurrences(world.ctx, id)
  const first = ['2030-01-08T08:00:00.000Z', 'scheduled', 'Good morning', 'recurrence']
  expect(await postsOf(id)).toEqual([first])
  // Run twice, by two processes or after a crash: nothing is doubled.
  await Promise.all([
    makeOccurrences(world.ctx, id),
    makeOccurrences(world.ctx, id),
    wakeRecurrences(world.ctx),
  ])
  expect(await postsOf(id)).toEqual([first])
  await pass(day)
  await makeOccurrences(world.ctx, id)
  expect((await postsOf(id)).map(([dueAt]) => dueAt)).toEqual([first[0], '2030-01-09T08:00:00.000Z'])
  const chore = await world.ctx.db
    .selectFrom('posts')
    .select('createdBy')
    .where('recurrenceId', '=', id)
    .executeTakeFirstOrThrow()
  expect(chore.createdBy).toBe(owner.userId)
})

test('after a week away nothing bursts: what was missed is skipped', async () => {
  const { id } = await made({ cron: '0 * * * *' })
  await pass(7 * day)
  await makeOccurrences(world.ctx, id)
  const times = (await postsOf(id)).map(([dueAt]) => dueAt as string)
  expect(times[0]).toBe('2030-01-14T13:00:00.000Z')
  expect(times).toHaveLength(24)
})

test('paused it makes nothing; resumed it goes on from now', async () => {
  const { id } = await made()
  expect((await owner('POST', recurrence(id, 'pause'))).json()).toMatchObject({
    status: 'paused',
    upcoming: [],
  })
  expect((await owner('POST', recurrence(id, 'pause'))).statusCode).toBe(200)
  await pass(3 * day)
  await makeOccurrences(world.ctx, id)
  expect(await postsOf(id)).toEqual([])
  expect((await owner('POST', recurrence(id, 'resume'))).json()).toMatchObject({
    status: 'active',
    nextRunAt: '2030-01-11T08:00:00.000Z',
  })
})

test('it ends after its count, or at its end', async () => {
  const counted = await made({ count: 2, cron: '0 */6 * * *' })
  await makeOccurrences(world.ctx, counted.id)
  expect(await postsOf(counted.id)).toHaveLength(2)
  expect(await read(counted.id)).toMatchObject({ status: 'ended', nextRunAt: null, count: 0 })
  const ending = await made({ endsAt: '2030-01-08T12:00:00Z', cron: '0 */6 * * *' })
  await makeOccurrences(world.ctx, ending.id)
  expect((await postsOf(ending.id)).at(-1)?.[0]).toBe('2030-01-08T11:00:00.000Z')
  expect(await read(ending.id)).toMatchObject({ status: 'ended' })
  expect((await owner('POST', recurrence(ending.id, 'resume'))).statusCode).toBe(400)
})

test('one coming occurrence can be left out', async () => {
  const { id } = await made()
  const at = '2030-01-08T08:00:00Z'
  const skipped = await owner('POST', recurrence(id, 'skip'), { at })
  expect(skipped.json().upcoming[0]).toBe('2030-01-09T08:00:00.000Z')
  await makeOccurrences(world.ctx, id)
  expect(await postsOf(id)).toEqual([])
  const wrong = await owner('POST', recurrence(id, 'skip'), { at: '2030-01-08T08:30:00Z' })
  expect(wrong.json().error.details).toMatchObject([{ path: 'at', rule: 'not_an_occurrence' }])
  await pass(day)
  await makeOccurrences(world.ctx, id)
  const late = await owner('POST', recurrence(id, 'skip'), { at: '2030-01-09T08:00:00Z' })
  expect(late.json().error.details).toMatchObject([{ rule: 'already_made' }])
})

test('what cannot be written any more pauses it, with the reason, and doubles nothing when mended', async () => {
  const account = await world.addAccount()
  const { id } = await made({ targetAccountIds: [account] })
  await world.ctx.db.updateTable('accounts').set({ state: 'expired' }).where('id', '=', account).execute()
  await makeOccurrences(world.ctx, id)
  expect(await read(id)).toMatchObject({
    status: 'paused',
    pauseReason: expect.stringContaining('no longer accepts our access'),
  })
  await world.ctx.db.updateTable('accounts').set({ state: 'active' }).where('id', '=', account).execute()
  await owner('POST', recurrence(id, 'resume'))
  await makeOccurrences(world.ctx, id)
  expect(await postsOf(id)).toHaveLength(1)
})

test('a change is for posts to come; where approval is required they are drafts that keep their time', async () => {
  const { id } = await made()
  await makeOccurrences(world.ctx, id)
  const changed = await owner('PATCH', recurrence(id), {
    template: { content: 'Good day' },
    cron: '0 9,18 * * *',
  })
  expect(changed.json(), changed.body).toMatchObject({
    template: { content: 'Good day' },
    cron: '0 9,18 * * *',
  })
  await owner('PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { approvals: 'required' })
  await makeOccurrences(world.ctx, id)
  await owner('PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { approvals: 'off' })
  expect(await postsOf(id)).toEqual([
    ['2030-01-07T17:00:00.000Z', 'draft', 'Good day', 'recurrence'],
    ['2030-01-08T08:00:00.000Z', 'scheduled', 'Good morning', 'recurrence'],
  ])
})

test.each<[string, object, object]>([
  ['no pattern', { cron: 'daily' }, { path: 'cron', rule: 'cron_unreadable' }],
  ['a pattern that never comes', { cron: '0 9 31 2 *' }, { path: 'cron' }],
  ['a pattern that floods', { cron: '* * * * *' }, { path: 'cron', rule: 'too_often' }],
  ['a zone that is none', { timezone: 'Mars/Olympus' }, { path: 'timezone' }],
  ['no account', { targetAccountIds: [] }, { path: 'targetAccountIds' }],
  ['a text too long', { template: { content: 'x'.repeat(31) } }, { rule: 'text_too_long' }],
  ['nothing to say', { template: {} }, { rule: 'content_required' }],
  ['no name', { name: ' ' }, { path: 'name' }],
])('a recurrence is refused for %s', async (_what, more, detail) => {
  const answer = await owner('POST', `/api/v1/brands/${owner.brandId}/recurrences`, body(more))
  expect(answer.statusCode, answer.body).toBe(400)
  expect(answer.json().error.details[0]).toMatchObject(detail)
})

test('recurrences need their permission, and strangers find none', async () => {
  const { id } = await made()
  const lacking = await world.member(owner.workspaceId, ['posts.create', 'posts.schedule'])
  const having = await world.member(owner.workspaceId, ['recurrences.manage', 'posts.schedule'])
  const drafting = await world.member(owner.workspaceId, ['recurrences.manage'])
  const stranger = await world.stranger()
  const create = `/api/v1/brands/${owner.brandId}/recurrences`
  expect((await drafting('POST', create, body())).statusCode).toBe(403)
  expect((await drafting('POST', create, body({ autoSchedule: false }))).statusCode).toBe(201)
  for (const [method, url, sent, status] of [
    ['POST', create, body(), 201],
    ['PATCH', recurrence(id), { name: 'New' }, 200],
    ['POST', recurrence(id, 'pause'), undefined, 200],
    ['POST', recurrence(id, 'resume'), undefined, 200],
    ['POST', recurrence(id, 'skip'), { at: '2030-01-08T08:00:00Z' }, 200],
    ['DELETE', recurrence(id), undefined, 204],
  ] as const) {
    expect([url, (await stranger(method, url, sent)).statusCode]).toEqual([url, 404])
    expect([url, (await lacking(method, url, sent)).statusCode]).toEqual([url, 403])
    expect([url, (await having(method, url, sent)).statusCode]).toEqual([url, status])
  }
  expect((await owner('GET', recurrence(id))).statusCode).toBe(404)
  expect((await stranger('GET', `/api/v1/workspaces/${owner.workspaceId}/recurrences`)).statusCode).toBe(404)
  expect((await lacking('GET', `/api/v1/workspaces/${owner.workspaceId}/recurrences`)).statusCode).toBe(200)
})

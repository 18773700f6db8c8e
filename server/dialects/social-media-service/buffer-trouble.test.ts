import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bufferWorld } from '../../../test/buffer-world.ts'

let world: Awaited<ReturnType<typeof bufferWorld>>
let account: number

beforeAll(async () => {
  world = await bufferWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  account = await world.begin()
})

const draft = (more: object = {}) => world.draft(account, more)
const scheduled = async (more: object = {}) => {
  const id = await draft(more)
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 200, status: 'scheduled' })
  return id
}

test.each([
  { what: 'the connection breaks', kind: 'cut' },
  { what: 'Buffer is silent', kind: 'silence' },
  { what: 'Buffer answers 500', kind: 'server_error' },
])('$what after it took the post: the look finds it, and exactly one is there', async ({ kind }) => {
  const id = await draft()
  await world.breakNext('createPost', { kind, when: 'after' })
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 200, status: 'scheduled' })
  expect(await world.texts()).toEqual(['Post content'])
  expect(await world.show(id)).toMatchObject({ buffer_post_id: (await world.posts())[0]?.id })
})

test.each([
  { what: 'the connection breaks', kind: 'cut' },
  { what: 'Buffer is silent', kind: 'silence' },
  { what: 'Buffer answers 500', kind: 'server_error' },
])('$what before it took the post: a draft until that is certain, then exactly one', async ({ kind }) => {
  const id = await draft()
  await world.breakNext('createPost', { kind, when: 'before' })
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 503, retryAfter: expect.any(String) })
  expect(await world.show(id)).toMatchObject({ status: 'draft', buffer_post_id: null })
  // Too early to know that it will never appear.
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 503 })
  expect(await world.posts()).toEqual([])
  await world.minutes(1)
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 200, status: 'scheduled' })
  expect(await world.texts()).toEqual(['Post content'])
})

test('the answer is lost and so is the look: the post stays a draft, and the next call looks first', async () => {
  const id = await draft()
  await world.breakNext('createPost', { kind: 'cut', when: 'after' })
  await world.breakNext('posts', { kind: 'server_error' })
  expect(await world.ask(id, 'schedule')).toMatchObject({
    code: 503,
    detail: expect.stringContaining('Buffer'),
  })
  expect(await world.show(id)).toMatchObject({ status: 'draft' })
  expect(await world.posts()).toHaveLength(1)
  world.forget()
  expect(await world.ask(id, 'schedule')).toMatchObject({ status: 'scheduled' })
  expect(world.asked()).toEqual(['channel', 'posts'])
  expect(await world.posts()).toHaveLength(1)
})

test.each(['before', 'after'] as const)(
  'the server dies %s Buffer took the post: the fence on disk makes the next call look first',
  async (when) => {
    const { ctx } = world
    const id = await draft()
    const { http } = ctx
    ctx.http = {
      async send(request) {
        if (!JSON.stringify(request.json).includes('createPost')) return http.send(request)
        if (when === 'after') await http.send(request)
        throw new Error('the process dies here')
      },
    }
    const dead = await world.ask(id, 'schedule')
    ctx.http = http
    expect(dead.code).toBe(500)
    expect(await world.show(id)).toMatchObject({ status: 'draft' })
    expect(await world.posts()).toHaveLength(when === 'after' ? 1 : 0)
    // Until its request must be over, somebody else may still be at it.
    expect((await world.ask(id, 'schedule')).code).toBe(503)
    await world.minutes(5)
    expect(await world.ask(id, 'schedule')).toMatchObject({ status: 'scheduled' })
    expect(await world.texts()).toEqual(['Post content'])
  },
)

test('a post that Buffer took while here it is still a draft is taken back by the chore', async () => {
  const id = await draft()
  await world.breakNext('createPost', { kind: 'cut', when: 'after' })
  await world.breakNext('posts', { kind: 'cut' })
  await world.ask(id, 'schedule')
  expect(await world.posts()).toHaveLength(1)
  await world.settle(id)
  expect(await world.posts()).toEqual([])
  expect(await world.show(id)).toMatchObject({ status: 'draft' })
  expect(await world.ask(id, 'schedule')).toMatchObject({ status: 'scheduled' })
  expect(await world.posts()).toHaveLength(1)
})

test('a draft of which Buffer may have a post cannot be deleted over it', async () => {
  const id = await draft()
  await world.breakNext('createPost', { kind: 'cut', when: 'after' })
  await world.breakNext('posts', { kind: 'cut' })
  await world.ask(id, 'schedule')
  const path = `/api/v1/posts/${id}`
  await world.breakNext('channel', { kind: 'server_error' })
  expect((await world.owner('DELETE', path)).statusCode).toBe(503)
  expect((await world.owner('DELETE', path)).statusCode).toBe(200)
  expect(await world.posts()).toEqual([])
})

test('while Buffer is away, nothing changes here by cancel, move, edit or delete', async () => {
  const id = await scheduled()
  const before = await world.show(id)
  for (const [method, path, body, operation] of [
    ['POST', '/cancel', undefined, 'deletePost'],
    ['POST', '/reschedule', { scheduled_time: world.inHours(9) }, 'editPost'],
    ['PUT', '', { content: 'Other words' }, 'editPost'],
    ['DELETE', '', undefined, 'deletePost'],
  ] as const) {
    await world.breakNext(operation, { kind: 'server_error' })
    const answer = await world.owner(method, `/api/v1/posts/${id}${path}`, body)
    expect([path, answer.statusCode, answer.headers['retry-after']]).toEqual([path, 503, '30'])
    expect(await world.show(id)).toEqual(before)
  }
  expect(await world.posts()).toMatchObject([
    { text: 'Post content', dueAt: `${before.scheduled_time}.000Z` },
  ])
})

test('a cancel and an edit whose answers were lost are undone at Buffer, since nothing changed here', async () => {
  const [cancelled, edited] = [
    await scheduled({ content: 'Stay' }),
    await scheduled({ content: 'As it was' }),
  ]
  await world.breakNext('deletePost', { kind: 'cut', when: 'after' })
  expect((await world.ask(cancelled, 'cancel')).code).toBe(503)
  await world.breakNext('editPost', { kind: 'cut', when: 'after' })
  const edit = await world.owner('PUT', `/api/v1/posts/${edited}`, { content: 'As it should not be' })
  expect(edit.statusCode).toBe(503)
  expect(await world.texts()).toEqual(['As it should not be'])
  await world.settle(cancelled, edited)
  expect((await world.texts()).sort()).toEqual(['As it was', 'Stay'])
  expect(await world.ask(cancelled, 'cancel')).toMatchObject({ status: 'cancelled' })
  expect(await world.texts()).toEqual(['As it was'])
})

test('what is absent at Buffer is as good as cancelled; what is out cannot be', async () => {
  const [gone, out] = [await scheduled({ content: 'One' }), await scheduled({ content: 'Two' })]
  await world.order('deletePost', { postId: (await world.posts())[0]?.id })
  expect(await world.ask(gone, 'cancel')).toMatchObject({ status: 'cancelled' })
  await world.minutes(61)
  expect(await world.ask(out, 'cancel')).toMatchObject({
    code: 400,
    detail: expect.stringContaining('published'),
  })
  expect(await world.show(out)).toMatchObject({ status: 'published' })
  expect(await world.posts()).toHaveLength(1)
})

test('Buffer’s rate limit is told, and kept: nobody asks again before it ends', async () => {
  const id = await draft()
  await world.breakNext('createPost', { kind: 'rate_limit', retryAfterMs: 300_000 })
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 503, retryAfter: '300' })
  expect(await world.show(id)).toMatchObject({ status: 'draft' })
  await world.minutes(4)
  world.forget()
  for (const [method, path] of [
    ['POST', `/posts/${id}/schedule`],
    ['GET', '/buffer/profiles'],
    ['POST', '/analytics/sync'],
    ['POST', `/social-accounts/${account}/test-connection`],
    ['POST', `/social-accounts/${account}/sync-buffer`],
  ] as const)
    expect([path, (await world.owner(method, `/api/v1${path}`)).statusCode]).toEqual([path, 503])
  expect(await world.look()).toBe(0)
  expect(world.asked()).toEqual([])
  await world.minutes(2)
  expect(await world.ask(id, 'schedule')).toMatchObject({ status: 'scheduled' })
})

test('the chore leaves the last requests of a window to people', async () => {
  await scheduled()
  await world.order('rateLimits', { quarterHour: 12 })
  await world.minutes(61)
  for (let asked = 0; asked < 3; asked++) await world.owner('GET', '/api/v1/buffer/profiles')
  expect(await world.look()).toBe(0)
  await world.minutes(16)
  expect(await world.look()).toBe(1)
})

test('what Buffer refuses has failed with its words, and can be mended', async () => {
  const id = await draft()
  for (const error of ['InvalidInputError', 'LimitReachedError', 'RestProxyError']) {
    await world.order('refuse', { operation: 'createPost', error, message: `Because of ${error}` })
    expect(await world.ask(id, 'schedule')).toMatchObject({
      code: 400,
      detail: `Buffer refused: Because of ${error}`,
    })
    expect(await world.show(id)).toMatchObject({
      status: 'failed',
      error_message: expect.stringContaining(`Because of ${error}`),
    })
    const moved = await world.ask(id, 'reschedule', { scheduled_time: world.inHours() })
    expect(moved).toMatchObject({ status: 'draft' })
  }
  expect(await world.ask(id, 'schedule')).toMatchObject({ status: 'scheduled', error_message: null })
  await world.order('refuse', { operation: 'editPost', error: 'InvalidInputError', message: 'Not so' })
  const edit = await world.owner('PUT', `/api/v1/posts/${id}`, { content: 'Not like this' })
  expect([edit.statusCode, edit.json().detail]).toEqual([400, 'Buffer refused: Not so'])
  expect(await world.show(id)).toMatchObject({ status: 'scheduled', content: 'Post content' })
})

test('an unexpected error leaves open what happened, so it is looked for', async () => {
  const id = await draft()
  await world.order('refuse', { operation: 'createPost', error: 'UnexpectedError', when: 'after' })
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 200, status: 'scheduled' })
  expect(await world.posts()).toHaveLength(1)
})

test('a time that has gone by is refused before Buffer hears of it', async () => {
  const id = await draft({ scheduled_time: '2020-01-01T10:00:00' })
  expect((await world.ask(id, 'schedule')).code).toBe(400)
  expect(world.asked()).toEqual([])
})

test('a token that Buffer rejects is told as the configuration’s, not the caller’s', async () => {
  const id = await draft()
  await world.owner('POST', '/api/v1/buffer/config', { access_token: 'invalid-token' })
  expect(await world.ask(id, 'schedule')).toMatchObject({
    code: 400,
    detail: expect.stringContaining('Buffer rejected the token'),
  })
  expect(await world.show(id)).toMatchObject({ status: 'draft' })
  const check = await world.owner('POST', `/api/v1/social-accounts/${account}/test-connection`)
  expect([check.statusCode, check.json()]).toEqual([
    200,
    { account_id: account, connected: false, message: 'Connection failed' },
  ])
})

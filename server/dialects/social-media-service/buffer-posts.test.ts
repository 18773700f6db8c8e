import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bufferWorld } from '../../../test/buffer-world.ts'
import { scheduleDraft } from '../../operations/schedule-draft.ts'
import { settleBufferPosts } from '../../operations/settle-buffer-posts.ts'

let world: Awaited<ReturnType<typeof bufferWorld>>
let account: number

beforeAll(async () => {
  world = await bufferWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  account = await world.begin()
})

const instant = (time: string) => `${time}.000Z`
const draft = (more: object = {}) => world.draft(account, more)
const scheduled = async (more: object = {}) => {
  const id = await draft(more)
  expect(await world.ask(id, 'schedule')).toMatchObject({ code: 200, status: 'scheduled' })
  return id
}

test('a draft is handed to Buffer when it is scheduled, follows there, and is taken back', async () => {
  const { ask, posts, show, owner } = world
  const at = world.inHours()
  const id = await draft({ media_urls: ['https://example.com/image.png'], scheduled_time: at })
  expect(await posts()).toEqual([])
  const answer = await ask(id, 'schedule')
  const [made] = await posts()
  expect(answer).toMatchObject({ status: 'scheduled', buffer_post_id: made?.id })
  expect(made).toMatchObject({
    channelId: 'page-1',
    status: 'scheduled',
    text: 'Post content',
    dueAt: instant(at),
    shareMode: 'customScheduled',
    assets: [{ source: 'https://example.com/image.png' }],
  })
  // Nothing that the engine would ever take.
  const deliveries = await world.ctx.db.selectFrom('deliveries').select(['state', 'wakeAt']).execute()
  expect(deliveries).toEqual([{ state: 'scheduled', wakeAt: null }])
  expect((await ask(id, 'schedule')).code).toBe(400)

  const later = world.inHours(5)
  expect(await ask(id, 'reschedule', { scheduled_time: later })).toMatchObject({
    status: 'scheduled',
    scheduled_time: later,
  })
  expect(await posts()).toMatchObject([{ id: made?.id, text: 'Post content', dueAt: instant(later) }])
  const edited = await owner('PUT', `/api/v1/posts/${id}`, { content: 'Better words' })
  expect(edited.json()).toMatchObject({ status: 'scheduled', content: 'Better words' })
  expect(await posts()).toMatchObject([{ id: made?.id, text: 'Better words', dueAt: instant(later) }])
  world.forget()
  await owner('PUT', `/api/v1/posts/${id}`, { content: 'Better words' })
  expect(world.asked()).toEqual([])

  expect(await ask(id, 'cancel')).toMatchObject({ status: 'cancelled', buffer_post_id: null })
  expect(await posts()).toEqual([])
  expect(await ask(id, 'reschedule', { scheduled_time: later })).toMatchObject({ status: 'draft' })
  expect(await posts()).toEqual([])
  expect(await ask(id, 'schedule')).toMatchObject({ status: 'scheduled' })
  expect((await owner('DELETE', `/api/v1/posts/${id}`)).json()).toEqual({
    message: 'Post deleted successfully',
  })
  expect(await posts()).toEqual([])
  expect((await show(id)).detail).toContain('not found')
})

test('a post is published when Buffer says that it is sent, and not before', async () => {
  const { look, minutes, show } = world
  await world.processing(5 * 60_000)
  const id = await scheduled()
  await minutes(59)
  expect(await look()).toBe(0)
  await minutes(2)
  world.forget()
  expect(await look()).toBe(1)
  expect(world.asked()).toEqual(['posts'])
  expect(await show(id)).toMatchObject({ status: 'scheduled', published_time: null })
  expect((await world.ask(id, 'cancel')).detail).toContain('published this post already, or is doing so now')
  await minutes(10)
  // Its next turn is in twenty minutes.
  expect(await look()).toBe(0)
  await minutes(11)
  expect(await look()).toBe(1)
  const [sent] = await world.posts()
  expect(await show(id)).toMatchObject({
    status: 'published',
    published_time: expect.any(String),
    buffer_post_id: sent?.id,
  })
  await minutes(60)
  expect(await look()).toBe(0)
  for (const verb of ['schedule', 'cancel']) expect((await world.ask(id, verb)).code).toBe(400)
  const postId = await world.uuidOf('posts', id)
  const native = (await world.owner('GET', `/api/v1/posts/${postId}`)).json()
  expect(native).toMatchObject({ status: 'published', targets: [{ url: sent?.externalLink }] })
  const events = await world.ctx.db
    .selectFrom('events')
    .select('type')
    .where('resourceId', '=', postId)
    .orderBy('position')
    .execute()
  expect(events.map(({ type }) => type)).toEqual(['post.created', 'post.scheduled', 'post.published'])
  expect(world.trouble).toEqual([])
})

test('what Buffer could not publish has failed, with its words; what was deleted there too', async () => {
  const [broken, gone] = [await scheduled({ content: 'One' }), await scheduled({ content: 'Two' })]
  const [first, second] = await world.posts()
  await world.order('failPost', { postId: first?.id, message: 'The account is suspended.' })
  await world.order('deletePost', { postId: second?.id })
  await world.minutes(61)
  world.forget()
  expect(await world.look()).toBe(1)
  expect(world.asked()).toEqual(['posts', 'post'])
  expect((await world.show(broken)).error_message).toContain('The account is suspended.')
  expect(await world.show(gone)).toMatchObject({
    status: 'failed',
    error_message: expect.stringContaining('no longer has this post'),
  })
})

test('a token that ends while a post waits: for a day it may be mended, then a person has to look', async () => {
  const id = await scheduled()
  await world.owner('POST', '/api/v1/buffer/config', { access_token: 'expired-token' })
  await world.minutes(120)
  await world.look()
  expect(await world.show(id)).toMatchObject({ status: 'scheduled' })
  await world.minutes(25 * 60)
  await world.look()
  expect(await world.show(id)).toMatchObject({
    status: 'failed',
    error_message: expect.stringContaining('it may have been published'),
  })
})

test('two who schedule one post at once make one post at Buffer', async () => {
  const id = await draft()
  const answers = await Promise.all([world.ask(id, 'schedule'), world.ask(id, 'schedule')])
  expect(answers.map(({ code }) => code).sort()).toEqual([200, 400])
  expect(await world.texts()).toEqual(['Post content'])
})

// ---------------------------------------------------------------- many, and other dialects

test('many at once are drafts first and are handed over one by one; the rest goes when Buffer is back', async () => {
  const posts = ['One', 'Two', 'Three'].map((content) => ({
    social_account_id: account,
    content,
    scheduled_time: world.inHours(),
  }))
  const statusesOf = async () => {
    const made = await world.owner('POST', '/api/v1/posts/bulk?schedule_immediately=true', { posts })
    expect(made.statusCode).toBe(201)
    return made.json() as { id: number; status: string }[]
  }
  expect((await statusesOf()).map(({ status }) => status)).toEqual(['scheduled', 'scheduled', 'scheduled'])
  expect(await world.texts()).toEqual(['One', 'Two', 'Three'])
  await world.breakNext('createPost', { kind: 'rate_limit', retryAfterMs: 300_000 })
  const rest = await statusesOf()
  expect(rest.map(({ status }) => status)).toEqual(['draft', 'draft', 'draft'])
  await world.minutes(6)
  for (const { id } of rest) await scheduleDraft(world.ctx, await world.uuidOf('posts', id))
  expect(await world.texts()).toHaveLength(6)
})

test('every dialect’s posts of the account go through Buffer: the native one', async () => {
  const { owner, posts } = world
  const at = world.inHours()
  const made = await owner('POST', `/api/v1/brands/${owner.brandId}/posts`, {
    content: 'From the native API',
    targetAccountIds: [await world.uuidOf('accounts', account)],
    scheduledAt: `${at}Z`,
  })
  expect([made.statusCode, made.json().status]).toEqual([201, 'scheduled'])
  const path = `/api/v1/posts/${made.json().id}`
  expect(await posts()).toMatchObject([{ text: 'From the native API', dueAt: instant(at) }])
  const later = world.inHours(3)
  const moved = await owner('POST', `${path}/schedule`, { scheduledAt: `${later}Z` })
  expect(moved.json().status).toBe('scheduled')
  expect((await owner('PATCH', path, { content: 'Edited' })).json()).toMatchObject({ status: 'scheduled' })
  expect(await posts()).toMatchObject([{ text: 'Edited', dueAt: instant(later) }])
  expect((await owner('POST', `${path}/cancel`)).json()).toMatchObject({ status: 'draft' })
  expect(await posts()).toEqual([])
  expect((await owner('POST', `${path}/publish`)).statusCode).toBe(202)
  expect(await posts()).toMatchObject([{ text: 'Edited', shareMode: 'shareNow' }])
  expect((await owner('GET', path)).json().status).toBe('scheduled')
  await world.minutes(1)
  expect(await world.look()).toBe(1)
  expect((await owner('GET', path)).json().status).toBe('published')
})

test('a post that needs approval reaches Buffer when it is approved, and leaves it when it is edited', async () => {
  const { owner, posts } = world
  const made = await owner('POST', `/api/v1/brands/${owner.brandId}/posts`, {
    content: 'Please look',
    targetAccountIds: [await world.uuidOf('accounts', account)],
  })
  const path = `/api/v1/posts/${made.json().id}`
  const submitted = await owner('POST', `${path}/submit-for-approval`)
  expect(submitted.statusCode).toBeLessThan(300)
  expect(await posts()).toEqual([])
  const approved = await owner('POST', `/api/v1/approvals/${submitted.json().id}/approve`)
  expect(approved.statusCode).toBe(200)
  await owner('POST', `${path}/schedule`, { scheduledAt: `${world.inHours()}Z` })
  expect(await world.texts()).toEqual(['Please look'])
  expect((await owner('PATCH', path, { content: 'Something else' })).json().status).toBe('draft')
  expect(await posts()).toEqual([])
})

test('a post that could not be handed over when it was written is not there at all, here or there', async () => {
  const { breakNext, owner, ctx } = world
  const body = {
    content: 'Created and scheduled',
    targetAccountIds: [await world.uuidOf('accounts', account)],
    scheduledAt: `${world.inHours()}Z`,
  }
  const create = () => owner('POST', `/api/v1/brands/${owner.brandId}/posts`, body)
  const count = async () => (await owner('GET', '/api/v1/posts')).json().length
  const settleOrphans = async () => {
    const orphans = await ctx.db
      .selectFrom('bufferPosts')
      .select('postId')
      .where('postId', 'not in', (query) => query.selectFrom('posts').select('id'))
      .execute()
    for (const { postId } of orphans) await settleBufferPosts(ctx, postId)
  }
  const loseTheAnswer = async () => {
    await breakNext('createPost', { kind: 'cut', when: 'after' })
    await breakNext('posts', { kind: 'cut' })
    expect((await create()).statusCode).toBe(503)
  }
  await loseTheAnswer()
  expect([await count(), (await world.posts()).length]).toEqual([0, 1])
  await settleOrphans()
  expect(await world.posts()).toEqual([])
  await loseTheAnswer()
  // Its author writes it again before the chore has come.
  expect((await create()).json()).toMatchObject({ status: 'scheduled' })
  await settleOrphans()
  expect([await count(), (await world.posts()).length]).toEqual([1, 1])
})

test('disconnecting takes the posts back at Buffer first', async () => {
  const other = await world.addAccount('page-2')
  const id = await world.draft(other)
  await world.ask(id, 'schedule')
  await world.breakNext('deletePost', { kind: 'server_error' })
  const path = `/api/v1/social-accounts/${other}`
  expect((await world.owner('DELETE', path)).statusCode).toBe(503)
  expect((await world.owner('GET', path)).statusCode).toBe(200)
  expect((await world.owner('DELETE', path)).statusCode).toBe(200)
  expect(await world.posts()).toEqual([])
  expect(await world.show(id)).toMatchObject({ status: 'cancelled' })
  expect(await world.addAccount('page-2')).toBe(other)
})

test('an option that Buffer does not carry is told rather than dropped', async () => {
  const { owner } = world
  const made = await owner('POST', `/api/v1/brands/${owner.brandId}/posts`, {
    content: 'Hello',
    targetAccountIds: [await world.uuidOf('accounts', account)],
    options: { visibility: 'private' },
  })
  expect([made.statusCode, made.json().error.message]).toEqual([
    400,
    expect.stringContaining('does not carry the option "visibility"'),
  ])
})

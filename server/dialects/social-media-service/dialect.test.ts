import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Caller, testApp } from '../../../test/app.ts'
import { scriptedNetworks } from '../../../test/scripted-network.ts'

const { square } = scriptedNetworks()
let server: Awaited<ReturnType<typeof testApp>>
let owner: Caller
let account: number

beforeAll(async () => {
  server = await testApp({ networks: [square] })
  owner = server.owner
  account = (await accountOf(owner)).number
})
afterAll(() => server.close())

/** A connected account, written straight into the tables. */
async function accountOf({ workspaceId, brandId }: Caller) {
  const { ctx } = server
  const id = ctx.newId()
  const now = ctx.clock.now()
  return await ctx.db
    .insertInto('accounts')
    .values({
      id,
      workspaceId,
      brandId,
      network: 'square',
      externalId: id,
      kind: 'profile',
      name: '@username',
      handle: '@username',
      state: 'active',
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .returning(['id', 'number'])
    .executeTakeFirstOrThrow()
}

const nextYear = () => server.ctx.clock.now().getUTCFullYear() + 1
const newPost = (more: Record<string, unknown> = {}) => ({
  social_account_id: account,
  content: 'Post content #hashtag',
  scheduled_time: `${nextYear()}-12-25T10:00:00`,
  ...more,
})
const create = async (more: Record<string, unknown> = {}) => {
  const made = await owner('POST', '/api/v1/posts', newPost(more))
  expect([made.statusCode, made.json().detail]).toEqual([201, undefined])
  return made.json() as { id: number; status: string }
}

test('the documented post is written as a draft, scheduled, moved, cancelled and deleted', async () => {
  const campaign = await owner('POST', '/api/v1/campaigns', {
    name: 'Summer Campaign 2025',
    description: 'Summer promotion',
    start_date: '2025-06-01',
    end_date: '2025-08-31',
    status: 'active',
  })
  expect(campaign.json()).toMatchObject({
    id: expect.any(Number),
    name: 'Summer Campaign 2025',
    start_date: '2025-06-01',
    end_date: '2025-08-31',
    status: 'active',
  })
  const made = await owner(
    'POST',
    '/api/v1/posts',
    newPost({
      campaign_id: campaign.json().id,
      platform: 'square',
      media_urls: ['https://example.com/image.png'],
    }),
  )
  expect(made.statusCode).toBe(201)
  expect(made.json()).toMatchObject({
    id: expect.any(Number),
    social_account_id: account,
    campaign_id: campaign.json().id,
    scheduled_time: `${nextYear()}-12-25T10:00:00`,
    platform: 'square',
    media_urls: ['https://example.com/image.png'],
    status: 'draft',
    error_message: null,
  })
  const { id } = made.json()
  expect((await owner('GET', `/api/v1/posts/${id}`)).json()).toEqual(made.json())
  expect((await owner('POST', `/api/v1/posts/${id}/schedule`)).json().status).toBe('scheduled')
  expect((await owner('POST', `/api/v1/posts/${id}/schedule`)).statusCode).toBe(400)
  const moved = await owner('POST', `/api/v1/posts/${id}/reschedule`, {
    scheduled_time: `${nextYear()}-12-26T10:00:00`,
  })
  expect(moved.json()).toMatchObject({ status: 'scheduled', scheduled_time: `${nextYear()}-12-26T10:00:00` })
  expect((await owner('POST', `/api/v1/posts/${id}/cancel`)).json()).toMatchObject({
    status: 'cancelled',
    scheduled_time: `${nextYear()}-12-26T10:00:00`,
  })
  expect((await owner('GET', '/api/v1/posts?status=cancelled')).json()).toMatchObject([{ id }])
  expect((await owner('GET', `/api/v1/campaigns/${campaign.json().id}/posts`)).json()).toMatchObject([{ id }])
  expect((await owner('DELETE', `/api/v1/posts/${id}`)).json()).toEqual({
    message: 'Post deleted successfully',
  })
  expect((await owner('GET', `/api/v1/posts/${id}`)).json()).toEqual({ detail: `Post ${id} not found` })
})

test('many posts are written all or none, and the bad one is named by its place', async () => {
  const posts = [newPost({ content: 'Post 1' }), newPost({ content: 'Post 2' })]
  const made = await owner('POST', '/api/v1/posts/bulk', { posts })
  expect(made.json().map((post: { content: string; status: string }) => [post.content, post.status])).toEqual(
    [
      ['Post 1', 'draft'],
      ['Post 2', 'draft'],
    ],
  )
  const before = (await owner('GET', '/api/v1/posts')).json().length
  const bad = await owner('POST', '/api/v1/posts/bulk', {
    posts: [newPost(), newPost({ content: 'x'.repeat(501) })],
  })
  expect([bad.statusCode, bad.json().detail.includes('posts.1.')]).toEqual([400, true])
  expect((await owner('POST', '/api/v1/posts/bulk', { posts: [] })).statusCode).toBe(400)
  expect((await owner('GET', '/api/v1/posts')).json()).toHaveLength(before)
  const now = await owner('POST', '/api/v1/posts/bulk?schedule_immediately=true', { posts })
  expect(now.json().map((post: { status: string }) => post.status)).toEqual(['scheduled', 'scheduled'])
})

test('the calendar holds whole days, both ends included, soonest first, and is no id', async () => {
  const year = nextYear()
  const late = await create({ scheduled_time: `${year}-03-02T23:59:59` })
  const early = await create({ scheduled_time: `${year}-03-01T00:00:00` })
  await create({ scheduled_time: `${year}-03-03T00:00:00` })
  const days = (
    await owner('GET', `/api/v1/posts/calendar?start_date=${year}-03-01&end_date=${year}-03-02`)
  ).json()
  expect(days.map((post: { id: number }) => post.id)).toEqual([early.id, late.id])
  for (const bad of [
    '',
    '?start_date=2025-01-01',
    '?start_date=2025-01-02&end_date=2025-01-01',
    '?start_date=x&end_date=y',
  ])
    expect([bad, (await owner('GET', `/api/v1/posts/calendar${bad}`)).statusCode]).toEqual([bad, 400])
})

test('numbers are written by hand, the rate follows from them, and a campaign adds up the newest of each post', async () => {
  const campaign = (await owner('POST', '/api/v1/campaigns', { name: 'C', start_date: '2025-06-01' })).json()
  const post = await create({ campaign_id: campaign.id })
  const body = { post_id: post.id, views: 1000, likes: 50, shares: 10, comments: 5 }
  const given = await owner('POST', '/api/v1/analytics', { ...body, engagement_rate: 6.5 })
  expect(given.json()).toMatchObject({ id: expect.any(Number), ...body, engagement_rate: 6.5 })
  const computed = await owner('POST', '/api/v1/analytics', { ...body, likes: 60 })
  expect(computed.json().engagement_rate).toBe(7.5)
  const { id } = computed.json()
  expect((await owner('PUT', `/api/v1/analytics/${id}`, { likes: 70 })).json()).toMatchObject({
    likes: 70,
    views: 1000,
    engagement_rate: 8.5,
  })
  expect(
    (await owner('GET', `/api/v1/analytics?post_id=${post.id}`)).json().map((row: { id: number }) => row.id),
  ).toEqual([id, given.json().id])
  expect((await owner('GET', `/api/v1/campaigns/${campaign.id}/analytics`)).json()).toEqual({
    campaign_id: campaign.id,
    total_posts: 1,
    total_analytics_records: 2,
    total_views: 1000,
    total_likes: 70,
    total_comments: 5,
    total_shares: 10,
    total_clicks: 0,
    total_reach: 0,
    total_impressions: 0,
    avg_engagement_rate: 8.5,
  })
  expect((await owner('POST', '/api/v1/analytics', { ...body, likes: -1 })).statusCode).toBe(400)
  expect((await owner('DELETE', `/api/v1/analytics/${id}`)).json()).toEqual({
    message: 'Analytics deleted successfully',
  })
  expect((await owner('GET', `/api/v1/analytics/${id}`)).statusCode).toBe(404)
})

test('accounts are listed by skip and limit, switched off and on, and disconnected', async () => {
  const second = await accountOf(owner)
  const page = await owner('GET', '/api/v1/social-accounts?skip=0&limit=1')
  expect(page.json()).toMatchObject([
    { id: second.number, platform: 'square', account_name: '@username', status: 'active', is_active: true },
  ])
  expect(
    (await owner('PUT', `/api/v1/social-accounts/${second.number}`, { is_active: false })).json(),
  ).toMatchObject({ status: 'inactive', is_active: false })
  expect((await owner('GET', '/api/v1/social-accounts?status=inactive')).json()).toHaveLength(1)
  expect((await owner('DELETE', `/api/v1/social-accounts/${second.number}`)).json()).toEqual({
    message: 'Social account deleted successfully',
  })
  expect((await owner('GET', `/api/v1/social-accounts/${second.number}`)).statusCode).toBe(404)
  const live = await owner('POST', '/api/v1/social-accounts', {
    platform: 'square',
    account_name: '@username',
    access_token: 'token_123',
  })
  expect([live.statusCode, live.json().detail.includes('consent')]).toEqual([403, true])
  expect(
    (await owner('POST', '/api/v1/social-accounts', { platform: 'myspace', account_name: 'x' })).statusCode,
  ).toBe(400)
})

test('the five shared paths: an integer is this dialect’s, a UUID the native one’s, anything else the native 404', async () => {
  const { id } = await create()
  const uuid = (
    await server.ctx.db.selectFrom('posts').select('id').where('number', '=', id).executeTakeFirstOrThrow()
  ).id
  expect((await owner('GET', `/api/v1/posts/${id}`)).json()).toHaveProperty('social_account_id')
  expect((await owner('GET', `/api/v1/posts/${uuid}`)).json()).toHaveProperty('targetAccountIds')
  const year = nextYear()
  const native = await owner('POST', `/api/v1/posts/${uuid}/schedule`, {
    scheduledAt: `${year}-01-15T14:00:00Z`,
  })
  expect(native.json().status).toBe('scheduled')
  expect((await owner('POST', `/api/v1/posts/${id}/cancel`)).json().status).toBe('cancelled')
  for (const [method, path] of [
    ['POST', '/posts/ID/schedule'],
    ['GET', '/posts/ID'],
    ['DELETE', '/posts/ID'],
    ['POST', '/posts/ID/cancel'],
    ['DELETE', '/social-accounts/ID'],
  ] as const) {
    const unknown = server.ctx.newId()
    const ask = async (value: string) => {
      const body = path.endsWith('schedule') ? { scheduledAt: `${year}-01-15T14:00:00Z` } : undefined
      const answer = await owner(method, `/api/v1${path.replace('ID', value)}`, body)
      return [answer.statusCode, 'detail' in answer.json() ? 'A' : 'B']
    }
    expect([path, await ask('999999999'), await ask(unknown), await ask('abc')]).toEqual([
      path,
      [404, 'A'],
      [404, 'B'],
      [404, 'B'],
    ])
  }
  for (const value of [String(id), uuid, 'abc']) {
    const answer = await server.app.inject({ url: `/api/v1/posts/${value}` })
    expect([value, answer.statusCode, 'detail' in answer.json()]).toEqual([
      value,
      value === 'abc' ? 404 : 401,
      value === String(id),
    ])
  }
})

test('another workspace’s number is 403, an unknown one 404, a number too large 404, no token 401', async () => {
  const { id } = await create()
  const other = await server.stranger()
  for (const [method, path, body] of [
    ['GET', `/posts/${id}`, undefined],
    ['PUT', `/posts/${id}`, { content: 'x' }],
    ['DELETE', `/posts/${id}`, undefined],
    ['POST', `/posts/${id}/schedule`, undefined],
    ['GET', `/social-accounts/${account}`, undefined],
    ['DELETE', `/social-accounts/${account}`, undefined],
  ] as const) {
    const answer = await other(method, `/api/v1${path}`, body)
    expect([path, answer.statusCode, answer.json().detail]).toEqual([
      path,
      403,
      expect.stringContaining("You don't have permission"),
    ])
  }
  expect((await other('GET', '/api/v1/posts')).json()).toEqual([])
  expect((await owner('GET', '/api/v1/posts/9999999999')).statusCode).toBe(404)
  const nobody = await server.app.inject({ url: '/api/v1/campaigns' })
  expect([nobody.statusCode, nobody.json(), nobody.headers['www-authenticate']]).toEqual([
    401,
    { detail: 'Could not validate credentials' },
    'Bearer',
  ])
})

test('bad posts are 400 with a sentence', async () => {
  for (const body of [
    newPost({ content: '' }),
    newPost({ scheduled_time: 'soon' }),
    newPost({ platform: 'twitter' }),
    newPost({ media_urls: ['javascript:alert(1)'] }),
    { content: 'x', scheduled_time: '2030-01-01T00:00:00' },
    newPost({ content: 'x'.repeat(501) }),
  ]) {
    const answer = await owner('POST', '/api/v1/posts', body)
    expect([answer.statusCode, typeof answer.json().detail]).toEqual([400, 'string'])
  }
  const past = await create({ scheduled_time: '2020-01-01T00:00:00' })
  expect((await owner('POST', `/api/v1/posts/${past.id}/schedule`)).statusCode).toBe(400)
})

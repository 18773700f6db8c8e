import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Caller, testApp } from '../../../test/app.ts'
import { type Json, type Leeway, shapeFaults } from '../../../test/documented-shape.ts'
import { scriptedNetworks } from '../../../test/scripted-network.ts'

/**
 * The requests as the document of this dialect prints them, and the objects that answer (its success format with the
 * fields of each request, completed by our contract). Buffer's endpoints have stories of their own.
 */
const time = '2025-12-23T10:00:00'
const stamps = { created_at: time, updated_at: time }
const requests = {
  post: {
    social_account_id: 1,
    campaign_id: 1,
    content: 'Post content #hashtag',
    scheduled_time: '2025-12-25T10:00:00',
    platform: 'twitter',
    media_urls: ['https://example.com/image.jpg'],
  },
  bulk: { posts: [{ social_account_id: 1, content: 'Post 1', scheduled_time: '2025-12-25T10:00:00' }] },
  analytics: { post_id: 1, views: 1000, likes: 50, shares: 10, comments: 5, engagement_rate: 6.5 },
  campaign: {
    name: 'Summer Campaign 2025',
    description: 'Summer promotion',
    start_date: '2025-06-01',
    end_date: '2025-08-31',
    status: 'active',
  },
}
const objects = {
  account: {
    ...{
      id: 1,
      platform: 'twitter',
      account_name: '@username',
      account_handle: '@username',
      account_id: 'x',
    },
    ...{ buffer_profile_id: null, status: 'active', is_active: true, is_primary: false },
    ...{ token_expires_at: null, platform_metadata: {}, ...stamps },
  },
  post: {
    ...{ id: 1, ...requests.post, status: 'draft', published_time: null, buffer_post_id: null },
    ...{ platform_post_ids: {}, error_message: null, title: null, post_type: null, ...stamps },
  },
  analytics: {
    ...{ id: 1, ...requests.analytics, clicks: null, reach: null, impressions: null, platform: null },
    ...{ collected_at: time, raw_data: {}, ...stamps },
  },
  campaign: {
    ...{
      id: 1,
      ...requests.campaign,
      campaign_type: null,
      target_platforms: [],
      goals: {},
      tags: [],
      ...stamps,
    },
  },
  sums: {
    ...{ campaign_id: 1, total_posts: 0, total_analytics_records: 0, total_views: 0, total_likes: 0 },
    ...{ total_comments: 0, total_shares: 0, total_clicks: 0, total_reach: 0, total_impressions: 0 },
    avg_engagement_rate: 0,
  },
}

let server: Awaited<ReturnType<typeof testApp>>
let owner: Caller
let ids: { account: number; campaign: number; post: number; analytics: number }
beforeAll(async () => {
  const { square } = scriptedNetworks()
  const image = { mimeTypes: ['image/png', 'image/jpeg'], bytesMax: 1_000_000, countMax: 4 }
  const twitter = { ...square, id: 'twitter', name: 'X', limits: { ...square.limits, image } }
  server = await testApp({ networks: [twitter] })
  owner = server.owner
  const account = await addAccount()
  const campaign = await made('/campaigns', requests.campaign)
  const post = await made('/posts', { ...requests.post, social_account_id: account, campaign_id: campaign })
  ids = {
    account,
    campaign,
    post,
    analytics: await made('/analytics', { ...requests.analytics, post_id: post }),
  }
})
afterAll(() => server.close())

async function addAccount(): Promise<number> {
  const { ctx } = server
  const now = ctx.clock.now()
  const row = await ctx.db
    .insertInto('accounts')
    .values({
      ...{ id: ctx.newId(), workspaceId: owner.workspaceId, brandId: owner.brandId, network: 'twitter' },
      ...{
        externalId: ctx.newId(),
        kind: 'profile',
        name: '@username',
        handle: '@username',
        state: 'active',
      },
      ...{ connectedAt: now, createdAt: now, updatedAt: now },
    })
    .returning('number')
    .executeTakeFirstOrThrow()
  return row.number
}
const made = async (path: string, body: object): Promise<number> => {
  const answer = await owner('POST', `/api/v1${path}`, body)
  expect([path, answer.statusCode, answer.json().detail]).toEqual([path, 201, undefined])
  return answer.json().id
}

async function ask(
  what: string,
  documented: Json,
  { status = 200, body, ...leeway }: Leeway & { status?: number; body?: object } = {},
) {
  const [method, path] = what.split(' ') as ['GET', string]
  const answer = await owner(method, `/api/v1${path}`, body)
  expect([what, answer.statusCode, answer.json().detail]).toEqual([what, status, undefined])
  expect([what, shapeFaults(documented, answer.json(), leeway)]).toEqual([what, []])
  return answer.json()
}
const message = (thing: string): [Json, Leeway] => [
  { message: `${thing} deleted successfully` },
  { fixed: ['message'] },
]
/** Our ids are not the example's. */
const kept = (request: object) => Object.keys(request).filter((name) => !name.endsWith('_id'))

test('social accounts', async () => {
  const fixed = ['platform', 'account_name', 'status', 'is_active']
  await ask(`GET /social-accounts/${ids.account}`, objects.account, { fixed })
  await ask('GET /social-accounts?skip=0&limit=20', [objects.account], {
    fixed: fixed.map((name) => `[].${name}`),
  })
  await ask(`PUT /social-accounts/${ids.account}`, objects.account, {
    body: { account_name: '@username' },
    fixed,
  })
  await ask(`DELETE /social-accounts/${await addAccount()}`, ...message('Social account'))
})

test('posts', async () => {
  const fixed = [...kept(requests.post), 'status']
  const body = { ...requests.post, social_account_id: ids.account, campaign_id: ids.campaign }
  const { id } = await ask('POST /posts', objects.post, { status: 201, body, fixed })
  await ask(`GET /posts/${id}`, objects.post, { fixed })
  await ask('GET /posts?skip=0&limit=20', [objects.post])
  for (const filter of ['status=draft', 'platform=twitter', `campaign_id=${ids.campaign}`])
    await ask(`GET /posts?${filter}`, [objects.post], { fixed: ['[].status', '[].platform'] })
  for (const filter of ['status=published', 'platform=facebook', 'status=scheduled'])
    expect([filter, (await owner('GET', `/api/v1/posts?${filter}`)).json()]).toEqual([filter, []])
  await ask('GET /posts/calendar?start_date=2025-12-25&end_date=2025-12-25', [objects.post])
  await ask(`PUT /posts/${id}`, objects.post, { body: { content: requests.post.content }, fixed })
  const [post] = requests.bulk.posts
  const bulk = { posts: [{ ...post, social_account_id: ids.account }] }
  const plain = { ...objects.post, ...post, campaign_id: null, media_urls: [] }
  await ask('POST /posts/bulk', [plain], {
    status: 201,
    body: bulk,
    fixed: ['[].content', '[].scheduled_time', '[].status', '[].platform'],
  })
  await ask(`POST /posts/${id}/reschedule`, objects.post, { body: { scheduled_time: '2031-12-25T10:00:00' } })
  const scheduled = { ...objects.post, status: 'scheduled' }
  await ask(`POST /posts/${id}/schedule`, scheduled, { fixed: ['status'] })
  await ask(`POST /posts/${id}/cancel`, { ...objects.post, status: 'cancelled' }, { fixed: ['status'] })
  await ask(`DELETE /posts/${id}`, ...message('Post'))
})

test('analytics', async () => {
  const fixed = kept(requests.analytics)
  const body = { ...requests.analytics, post_id: ids.post }
  const { id } = await ask('POST /analytics', objects.analytics, { status: 201, body, fixed })
  await ask(`GET /analytics/${id}`, objects.analytics, { fixed })
  await ask('GET /analytics?skip=0&limit=20', [objects.analytics])
  await ask(
    `PUT /analytics/${id}`,
    { ...objects.analytics, likes: 51 },
    { body: { likes: 51 }, fixed: ['likes', 'views'] },
  )
  await ask(`DELETE /analytics/${id}`, ...message('Analytics'))
  // 100 * (50 + 10 + 5) / 1000, when it is left out (answers part 2).
  const { engagement_rate: _, ...counts } = body
  await ask('POST /analytics', objects.analytics, { status: 201, body: counts, fixed })
})

test('campaigns', async () => {
  const fixed = Object.keys(requests.campaign)
  const { id } = await ask('POST /campaigns', objects.campaign, {
    status: 201,
    body: requests.campaign,
    fixed,
  })
  await ask(`GET /campaigns/${id}`, objects.campaign, { fixed })
  for (const status of ['active', 'paused', 'completed']) {
    await ask(
      `PUT /campaigns/${id}`,
      { ...objects.campaign, status },
      { body: { status }, fixed: ['status', 'name'] },
    )
    await ask(`GET /campaigns?status=${status}`, [{ ...objects.campaign, status }], { fixed: ['[].status'] })
  }
  await ask(`GET /campaigns/${id}/analytics`, objects.sums, { fixed: kept(objects.sums) })
  await ask(`GET /campaigns/${ids.campaign}/posts?skip=0&limit=20`, [objects.post])
  await ask(`DELETE /campaigns/${id}`, ...message('Campaign'))
})

const withId: [
  'GET' | 'POST' | 'PUT' | 'DELETE',
  string,
  'account' | 'post' | 'campaign' | 'analytics',
  object?,
][] = [
  ['GET', '/social-accounts/ID', 'account'],
  ['PUT', '/social-accounts/ID', 'account', { account_name: 'x' }],
  ['DELETE', '/social-accounts/ID', 'account'],
  ['GET', '/posts/ID', 'post'],
  ['PUT', '/posts/ID', 'post', { content: 'x' }],
  ['DELETE', '/posts/ID', 'post'],
  ['POST', '/posts/ID/schedule', 'post'],
  ['POST', '/posts/ID/cancel', 'post'],
  ['POST', '/posts/ID/reschedule', 'post', { scheduled_time: '2031-12-25T10:00:00' }],
  ['GET', '/analytics/ID', 'analytics'],
  ['PUT', '/analytics/ID', 'analytics', { likes: 1 }],
  ['DELETE', '/analytics/ID', 'analytics'],
  ['GET', '/campaigns/ID', 'campaign'],
  ['PUT', '/campaigns/ID', 'campaign', { name: 'x' }],
  ['DELETE', '/campaigns/ID', 'campaign'],
  ['GET', '/campaigns/ID/analytics', 'campaign'],
  ['GET', '/campaigns/ID/posts', 'campaign'],
]
const withoutId: ['GET' | 'POST', string, object?][] = [
  ['POST', '/social-accounts', { platform: 'twitter', account_name: 'x', access_token: 'x' }],
  ['GET', '/social-accounts'],
  ['POST', '/posts', requests.post],
  ['GET', '/posts'],
  ['POST', '/posts/bulk', requests.bulk],
  ['GET', '/posts/calendar?start_date=2025-12-25&end_date=2025-12-25'],
  ['POST', '/analytics', requests.analytics],
  ['GET', '/analytics'],
  ['POST', '/campaigns', requests.campaign],
  ['GET', '/campaigns'],
]

test('every endpoint wants a token, and says so as documented', async () => {
  for (const [method, path] of [...withId, ...withoutId])
    for (const authorization of [undefined, 'Bearer nonsense', 'Basic eDp4']) {
      const url = `/api/v1${path.replace('ID', '1')}`
      const answer = await server.app.inject({
        method,
        url,
        headers: { ...(authorization && { authorization }) },
      })
      expect([path, answer.statusCode, answer.json(), answer.headers['www-authenticate']]).toEqual([
        path,
        401,
        { detail: 'Could not validate credentials' },
        'Bearer',
      ])
    }
})

test('another workspace’s number is 403, an unknown one 404, and neither changes anything', async () => {
  const other = await server.stranger('other@example.com')
  for (const [method, path, kind, body] of withId) {
    const foreign = await other(method, `/api/v1${path.replace('ID', String(ids[kind]))}`, body)
    expect([method, path, foreign.statusCode, Object.keys(foreign.json()), foreign.json().detail]).toEqual([
      ...[method, path, 403, ['detail']],
      expect.stringMatching(/^You don't have permission to \w+ this/),
    ])
    const unknown = await owner(method, `/api/v1${path.replace('ID', '999999999')}`, body)
    expect([method, path, unknown.statusCode, unknown.json().detail]).toEqual([
      ...[method, path, 404],
      expect.stringMatching(/999999999 not found$/),
    ])
  }
  for (const [path, body] of [
    ['/posts', { ...requests.post, social_account_id: ids.account, campaign_id: null }],
    ['/posts/bulk', { posts: [{ ...requests.bulk.posts[0], social_account_id: ids.account }] }],
    ['/analytics', { ...requests.analytics, post_id: ids.post }],
  ] as const)
    expect([path, (await other('POST', `/api/v1${path}`, body)).statusCode]).toEqual([path, 403])
  for (const [path] of [['/social-accounts'], ['/posts'], ['/analytics'], ['/campaigns']])
    expect([path, (await other('GET', `/api/v1${path}`)).json()]).toEqual([path, []])
  await ask(`GET /posts/${ids.post}`, objects.post, { fixed: ['content'] })
})

test('a login of any dialect serves this one: both tokens, the five shared paths', async () => {
  const credentials = { email: 'owner@example.com', password: 'password123' }
  const admin = await server.app.inject({ method: 'POST', url: '/admin/login', payload: credentials })
  const native = await server.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: credentials })
  const uuid = (
    await server.ctx.db
      .selectFrom('posts')
      .select('id')
      .where('number', '=', ids.post)
      .executeTakeFirstOrThrow()
  ).id
  for (const token of [admin.json().data.token, native.json().accessToken])
    for (const [id, field] of [
      [ids.post, 'social_account_id'],
      [uuid, 'targetAccountIds'],
    ]) {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await server.app.inject({ url: `/api/v1/posts/${id}`, headers })
      expect([answer.statusCode, Object.keys(answer.json())]).toEqual([200, expect.arrayContaining([field])])
    }
})

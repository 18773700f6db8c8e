import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
let key: string
beforeAll(async () => {
  server = await testApp()
  key = (await server.owner('POST', '/admin/keys', { name: 'x', tier: 'enterprise' })).json().data.key.api_key
})
afterAll(() => server.close())

const api = (url: string) =>
  server.app.inject({ url, headers: { 'x-api-key': key, 'x-workspace-id': server.owner.workspaceId } })

/** One published delivery with the numbers of the document's example for its network. */
async function publish(network: string, publishedAt: string, figures: Record<string, number>) {
  const { ctx, owner } = server
  const [accountId, postId, deliveryId] = [ctx.newId(), ctx.newId(), ctx.newId()]
  const { workspaceId, brandId } = owner
  const now = new Date(publishedAt)
  const at = { createdAt: now, updatedAt: now }
  await ctx.db
    .insertInto('accounts')
    .values({
      id: accountId,
      workspaceId,
      brandId,
      network,
      externalId: accountId,
      kind: 'page',
      name: network,
      state: 'active',
      connectedAt: now,
      ...at,
    })
    .execute()
  await ctx.db
    .insertInto('posts')
    .values({
      id: postId,
      workspaceId,
      brandId,
      origin: 'mypost',
      text: `on ${network}`,
      status: 'published',
      contentHash: Buffer.from('x'),
      publishedAt: now,
      ...at,
    })
    .execute()
  await ctx.db
    .insertInto('deliveries')
    .values({
      id: deliveryId,
      workspaceId,
      postId,
      accountId,
      network,
      position: 0,
      state: 'published',
      publishedAt: now,
      ...at,
    })
    .execute()
  await ctx.db
    .insertInto('postMetrics')
    .values({ id: ctx.newId(), workspaceId, postId, deliveryId, ...figures, collectedAt: now, ...at })
    .execute()
  return { postId, accountId }
}

test('the report adds up: networks to the summary, days of the zone to the timeline, the best by its rate', async () => {
  await server.owner('PATCH', `/api/v1/workspaces/${server.owner.workspaceId}`, { timezone: 'Europe/Paris' })
  const { accountId } = await publish('facebook', '2024-01-01T23:30:00Z', {
    impressions: 45000,
    reach: 38000,
    likes: 2800,
    clicks: 890,
  })
  const top = await publish('instagram', '2024-01-02T10:00:00Z', {
    impressions: 52000,
    reach: 42000,
    likes: 4000,
    comments: 200,
    clicks: 980,
  })
  await publish('instagram', '2024-02-01T10:00:00Z', { impressions: 1 })
  const follow = (collectedAt: string, followers: number) =>
    server.ctx.db
      .insertInto('accountMetrics')
      .values({
        id: server.ctx.newId(),
        workspaceId: server.owner.workspaceId,
        accountId,
        followers,
        collectedAt,
      })
      .execute()
  await follow('2023-12-31T00:00:00Z', 1000)
  await follow('2024-01-20T00:00:00Z', 1028)

  const report = (await api('/api/analytics?from=2024-01-01T00:00:00Z&to=2024-01-31')).json().data
  expect(report.summary).toEqual({
    total_posts: 2,
    total_impressions: 97000,
    total_reach: 80000,
    total_engagement: 7000,
    total_clicks: 1870,
    avg_engagement_rate: 7.22,
    best_performing_platform: 'instagram',
  })
  expect(report.by_platform.instagram).toEqual({
    posts: 1,
    impressions: 52000,
    reach: 42000,
    engagement: 4200,
    clicks: 980,
    engagement_rate: 8.08,
  })
  expect(report.timeline).toEqual([{ date: '2024-01-02', impressions: 97000, engagement: 7000, posts: 2 }])
  // The 2nd begins in Paris an hour before it does in UTC.
  const second = (await api('/api/analytics?from=2024-01-02&to=2024-01-02')).json().data
  expect([second.summary.total_posts, second.period]).toEqual([
    2,
    { from: '2024-01-01T23:00:00.000Z', to: '2024-01-02T22:59:59.999Z' },
  ])
  expect(report.top_posts[0]).toMatchObject({
    id: `post_${top.postId}`,
    platform: 'instagram',
    engagement: 4200,
  })
  expect(report.audience).toEqual({
    total_followers: 1028,
    follower_growth: 28,
    growth_rate: 2.8,
    demographics: { age_groups: {}, top_locations: [] },
  })

  const hourly = (
    await api('/api/analytics?from=2024-01-01&to=2024-01-31&granularity=hour&platform=facebook')
  ).json().data
  expect(hourly.timeline).toEqual([
    { date: '2024-01-02T00:00', impressions: 45000, engagement: 2800, posts: 1 },
  ])
})

test('nothing published is zeros, a bad period or granularity is 422, and the instance report needs its administrator', async () => {
  const empty = (await api('/api/analytics?from=2020-01-01&to=2020-01-31')).json().data
  expect(empty.summary).toMatchObject({
    total_posts: 0,
    avg_engagement_rate: 0,
    best_performing_platform: null,
  })
  for (const bad of [
    'from=2024-02-01&to=2024-01-01',
    'from=yesterday',
    'granularity=second',
    'from=2020-01-01&to=2024-01-01',
  ])
    expect([bad, (await api(`/api/analytics?${bad}`)).statusCode]).toEqual([bad, 422])
  expect((await server.owner('GET', '/admin/analytics?period=7d')).json().data.summary.total_posts).toBe(0)
  expect((await server.owner('GET', '/admin/analytics?period=2d')).statusCode).toBe(422)
  const member = await server.stranger('member@example.com')
  expect((await member('GET', '/admin/analytics')).statusCode).toBe(403)
})

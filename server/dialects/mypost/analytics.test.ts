import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

/** One published post with a text that a spreadsheet would take for a formula. */
async function publish() {
  const { ctx, owner } = server
  const [accountId, postId, deliveryId] = [ctx.newId(), ctx.newId(), ctx.newId()]
  const { workspaceId, brandId } = owner
  const now = new Date('2026-01-15T10:00:00Z')
  const at = { createdAt: now, updatedAt: now }
  const text = '=HYPERLINK("http://evil.example","hello, ""world""")'
  await ctx.db
    .insertInto('accounts')
    .values({
      id: accountId,
      workspaceId,
      brandId,
      network: 'mastodon',
      externalId: '1',
      kind: 'profile',
      name: 'Ada',
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
      text,
      status: 'published',
      contentHash: Buffer.from('x'),
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
      network: 'mastodon',
      position: 0,
      state: 'published',
      publishedAt: now,
      ...at,
    })
    .execute()
  await ctx.db
    .insertInto('postMetrics')
    .values({
      id: ctx.newId(),
      workspaceId,
      postId,
      deliveryId,
      impressions: 200,
      likes: 11,
      comments: 1,
      collectedAt: now,
      ...at,
    })
    .execute()
  return { accountId, postId }
}

test('a brand, an account and a post show their numbers, and the export is a file with one line for each', async () => {
  const { accountId, postId } = await publish()
  const { owner } = server
  const period = 'from=2026-01-01&to=2026-01-31'
  const brand = await owner('GET', `/api/v1/analytics/brands/${owner.brandId}?${period}`)
  expect(brand.json()).toEqual({
    followers: 0,
    followerGrowth: 0,
    impressions: 200,
    engagement: 12,
    engagementRate: 6,
    posts: 1,
  })
  const account = await owner('GET', `/api/v1/analytics/accounts/${accountId}?${period}`)
  expect(account.json()).toMatchObject({
    accountId,
    network: 'mastodon',
    posts: 1,
    timeline: [{ date: '2026-01-15', followers: null, impressions: 200, engagement: 12 }],
  })
  const post = await owner('GET', `/api/v1/analytics/posts/${postId}`)
  expect(post.json()).toMatchObject({
    postId,
    likes: 11,
    reach: 0,
    byAccount: [{ accountId, reach: null, likes: 11 }],
  })

  const ask = { brandId: owner.brandId, from: '2026-01-01', to: '2026-01-31' }
  const csv = await owner('POST', '/api/v1/analytics/export', { ...ask, format: 'csv' })
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(csv.headers['content-disposition']).toBe(
    'attachment; filename="analytics-2026-01-01-2026-01-31.csv"',
  )
  const [header, line, ...rest] = csv.body.trim().split('\n')
  expect(header).toMatch(/^publishedAt,postId,accountId,network,url,text,impressions/)
  expect(line).toContain(`"'=HYPERLINK(`)
  expect(rest).toEqual([])
  const rows = (await owner('POST', '/api/v1/analytics/export', { ...ask, format: 'json' })).json()
  expect(rows).toMatchObject([{ postId, accountId, engagement: 12, engagementRate: 6 }])
})

test('an empty export is an empty file, not an error', async () => {
  const ask = { brandId: server.owner.brandId, from: '2020-01-01', to: '2020-01-31', format: 'json' }
  expect((await server.owner('POST', '/api/v1/analytics/export', ask)).json()).toEqual([])
})

test('bad periods, unknown formats and foreign brands are refused in words', async () => {
  const { owner } = server
  const ask = { brandId: owner.brandId, from: '2026-01-31', to: '2026-01-01' }
  const inverted = await owner('POST', '/api/v1/analytics/export', ask)
  expect(inverted.json().error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'from' }] })
  expect((await owner('POST', '/api/v1/analytics/export', { ...ask, format: 'xlsx' })).statusCode).toBe(400)
  expect((await owner('GET', `/api/v1/analytics/brands/${owner.brandId}?from=2026-02-30`)).statusCode).toBe(
    400,
  )
  const other = await server.stranger()
  expect((await other('GET', `/api/v1/analytics/brands/${owner.brandId}`)).statusCode).toBe(404)
})

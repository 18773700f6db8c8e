import { afterAll, beforeEach, expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { type Tenant, testTenant } from '../../test/tenant.ts'
import { exportAnalytics } from './export-analytics.ts'
import { readAccountAnalytics } from './read-account-analytics.ts'
import { readBrandAnalytics } from './read-brand-analytics.ts'
import { readPostAnalytics } from './read-post-analytics.ts'

const world = await testContext()
const { ctx, clock } = world
let tenant: Tenant
const june = { from: '2026-06-01', to: '2026-06-30' }

beforeEach(async () => {
  clock.set(new Date('2026-07-10T12:00:00Z'))
  tenant = await testTenant(ctx)
})
afterAll(() => world.close())

const times = () => ({ createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() })

async function account(network = 'mastodon') {
  const id = ctx.newId()
  const { workspaceId, brandId } = tenant
  await ctx.db
    .insertInto('accounts')
    .values({
      id,
      workspaceId,
      brandId,
      network,
      externalId: id,
      kind: 'profile',
      name: network,
      state: 'active',
      connectedAt: ctx.clock.now(),
      ...times(),
    })
    .execute()
  return id
}

async function published(accountIds: string[], at: string, text = 'hello') {
  const id = ctx.newId()
  const { workspaceId, brandId } = tenant
  const publishedAt = new Date(at)
  await ctx.db
    .insertInto('posts')
    .values({
      id,
      workspaceId,
      brandId,
      origin: 'mypost',
      text,
      status: 'published',
      contentHash: Buffer.from('x'),
      publishedAt,
      ...times(),
    })
    .execute()
  const deliveryIds: string[] = []
  for (const [position, accountId] of accountIds.entries()) {
    const deliveryId = ctx.newId()
    await ctx.db
      .insertInto('deliveries')
      .values({
        id: deliveryId,
        workspaceId,
        postId: id,
        accountId,
        network: 'mastodon',
        position,
        state: 'published',
        publishedAt,
        ...times(),
      })
      .execute()
    deliveryIds.push(deliveryId)
  }
  return { id, deliveryIds }
}

async function measured(
  postId: string,
  deliveryId: string,
  at: string,
  figures: Record<string, number | null>,
) {
  await ctx.db
    .insertInto('postMetrics')
    .values({
      id: ctx.newId(),
      workspaceId: tenant.workspaceId,
      postId,
      deliveryId,
      ...figures,
      collectedAt: new Date(at),
      ...times(),
    })
    .execute()
}

async function followers(accountId: string, at: string, count: number) {
  await ctx.db
    .insertInto('accountMetrics')
    .values({
      id: ctx.newId(),
      workspaceId: tenant.workspaceId,
      accountId,
      followers: count,
      collectedAt: new Date(at),
    })
    .execute()
}

test('the overview holds the newest snapshot of each post of the period, once, as in the documented example', async () => {
  const id = await account()
  const {
    id: postId,
    deliveryIds: [deliveryId = ''],
  } = await published([id], '2026-06-05T10:00:00Z')
  await measured(postId, deliveryId, '2026-06-06T00:00:00Z', {
    impressions: 100,
    likes: 50,
    comments: 1,
    shares: 1,
  })
  await measured(postId, deliveryId, '2026-06-20T00:00:00Z', {
    impressions: 142000,
    likes: 8000,
    comments: 500,
    shares: 32,
    clicks: 99,
  })
  await published([id], '2026-05-31T23:59:59Z')
  await followers(id, '2026-05-30T00:00:00Z', 14897)
  await followers(id, '2026-06-30T00:00:00Z', 15420)
  await followers(id, '2026-07-02T00:00:00Z', 99999)
  expect(await readBrandAnalytics(ctx, tenant.actor, { brandId: tenant.brandId, ...june })).toEqual({
    followers: 15420,
    followerGrowth: 523,
    impressions: 142000,
    engagement: 8532,
    engagementRate: 6.01,
    posts: 1,
  })
})

test('a brand that has published nothing shows zeros', async () => {
  expect(await readBrandAnalytics(ctx, tenant.actor, { brandId: tenant.brandId })).toEqual({
    followers: 0,
    followerGrowth: 0,
    impressions: 0,
    engagement: 0,
    engagementRate: 0,
    posts: 0,
  })
})

test('an account connected within the period has not grown by all its followers', async () => {
  const id = await account()
  await followers(id, '2026-06-20T00:00:00Z', 1000)
  await followers(id, '2026-06-25T00:00:00Z', 1010)
  expect(await readBrandAnalytics(ctx, tenant.actor, { brandId: tenant.brandId, ...june })).toMatchObject({
    followers: 1010,
    followerGrowth: 10,
  })
})

test('days are those of the workspace: a post at 23:30 in Paris belongs to that day', async () => {
  await ctx.db
    .updateTable('workspaces')
    .set({ timezone: 'Europe/Paris' })
    .where('id', '=', tenant.workspaceId)
    .execute()
  const id = await account()
  const {
    id: postId,
    deliveryIds: [deliveryId = ''],
  } = await published([id], '2026-06-30T22:30:00Z')
  await measured(postId, deliveryId, '2026-07-01T00:00:00Z', { impressions: 10, likes: 1 })
  expect((await readAccountAnalytics(ctx, tenant.actor, { accountId: id, ...june })).posts).toBe(0)
  const july = await readAccountAnalytics(ctx, tenant.actor, {
    accountId: id,
    from: '2026-07-01',
    to: '2026-07-01',
  })
  expect(july).toMatchObject({
    accountId: id,
    network: 'mastodon',
    posts: 1,
    timeline: [{ date: '2026-07-01', followers: null, impressions: 10, engagement: 1 }],
  })
})

test('a metric that a network does not offer is null for the account and left out of the sum', async () => {
  const [a, b] = [await account(), await account('bluesky')]
  const { id: postId, deliveryIds } = await published([a, b], '2026-06-05T10:00:00Z')
  await measured(postId, deliveryIds[0] as string, '2026-06-06T00:00:00Z', {
    impressions: 200,
    likes: 10,
    reach: 150,
  })
  await measured(postId, deliveryIds[1] as string, '2026-06-06T00:00:00Z', {
    impressions: null,
    likes: 4,
    comments: 2,
  })
  const post = await readPostAnalytics(ctx, tenant.actor, { postId })
  expect(post).toMatchObject({
    impressions: 200,
    reach: 150,
    likes: 14,
    comments: 2,
    engagement: 16,
    engagementRate: 8,
  })
  expect(post.byAccount.map((row) => row.impressions)).toEqual([200, null])
})

test('an export holds every published delivery of the period once, however many there are', async () => {
  const id = await account()
  for (let index = 0; index < 3; index++)
    await published([id], `2026-06-0${index + 1}T10:00:00Z`, `post ${index}`)
  await ctx.db.transaction().execute(async (tx) => {
    const post = await published([], '2026-06-04T10:00:00Z')
    const ids = Array.from({ length: 1200 }, () => ctx.newId())
    for (let from = 0; from < ids.length; from += 400) {
      const accounts = ids.slice(from, from + 400)
      await tx
        .insertInto('accounts')
        .values(
          accounts.map((accountId) => ({
            id: accountId,
            workspaceId: tenant.workspaceId,
            brandId: tenant.brandId,
            network: 'x',
            externalId: accountId,
            kind: 'profile',
            name: 'x',
            state: 'active' as const,
            connectedAt: ctx.clock.now(),
            ...times(),
          })),
        )
        .execute()
      await tx
        .insertInto('deliveries')
        .values(
          accounts.map((accountId, position) => ({
            id: ctx.newId(),
            workspaceId: tenant.workspaceId,
            postId: post.id,
            accountId,
            network: 'x',
            position,
            state: 'published' as const,
            publishedAt: new Date('2026-06-04T10:00:00Z'),
            ...times(),
          })),
        )
        .execute()
    }
  })
  const seen = new Set<string>()
  let rows = 0
  for await (const row of await exportAnalytics(ctx, tenant.actor, { brandId: tenant.brandId, ...june })) {
    seen.add(row.deliveryId)
    rows++
  }
  expect([rows, seen.size]).toEqual([1203, 1203])
})

test('numbers need analytics.view, exports analytics.export, and a foreign brand does not exist', async () => {
  const viewer = await testTenant(ctx, { permissions: ['analytics.view'] })
  const writer = await testTenant(ctx, { permissions: ['posts.create'] })
  await expect(readBrandAnalytics(ctx, writer.actor, { brandId: writer.brandId })).rejects.toMatchObject({
    code: 'forbidden',
  })
  expect(await readBrandAnalytics(ctx, viewer.actor, { brandId: viewer.brandId })).toMatchObject({ posts: 0 })
  await expect(
    exportAnalytics(ctx, viewer.actor, { brandId: viewer.brandId, ...june }),
  ).rejects.toMatchObject({ code: 'forbidden' })
  await expect(readBrandAnalytics(ctx, viewer.actor, { brandId: tenant.brandId })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('a period must be real days, in order, and a year at most', async () => {
  const ask = (period: { from?: string; to?: string }) =>
    readBrandAnalytics(ctx, tenant.actor, { brandId: tenant.brandId, ...period })
  for (const bad of [
    { from: '2026-02-30' },
    { to: 'yesterday' },
    { from: '2026-06-02', to: '2026-06-01' },
    { from: '2025-01-01', to: '2026-06-01' },
  ])
    await expect(ask(bad)).rejects.toMatchObject({ code: 'invalid' })
})

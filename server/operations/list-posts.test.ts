import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../test/posting.ts'
import type { UserActor } from '../domain/actor.ts'
import { listPostsQuery } from '../storage/list-posts.ts'
import { uuidV7At } from '../storage/uuid-v7.ts'
import { listPosts } from './list-posts.ts'

let world: Awaited<ReturnType<typeof testPosting>>
let actor: UserActor

beforeAll(async () => {
  world = await testPosting()
  actor = {
    kind: 'user',
    userId: world.owner.userId,
    sessionId: world.ctx.newId(),
    isInstanceAdmin: false,
    dialect: 'mypost',
    requestId: 'req_test',
  }
})
afterAll(() => world.close())

/** Written straight into the table: thousands through the API would take minutes. */
async function insertPosts(brandId: string, count: number, status = 'draft', caller = world.owner) {
  const now = world.ctx.clock.now()
  await sql`
    insert into posts (id, workspace_id, brand_id, origin, text, status, content_hash, created_at, updated_at)
    select ${uuidV7At(now)}, ${caller.workspaceId}, ${brandId}, 'mypost', 'Post ' || n,
           ${status}::post_status, '\\x00', ${now}, ${now}
    from generate_series(1, ${count}) as n`.execute(world.ctx.db)
}

const idsOf = async (brandId: string) => {
  const rows = await world.ctx.db.selectFrom('posts').select('id').where('brandId', '=', brandId).execute()
  return rows.map((row) => row.id)
}

test('while posts come and go, every post that stays is seen exactly once', async () => {
  const brandId = await world.addBrand()
  await insertPosts(brandId, 300)
  const stays = new Set(await idsOf(brandId))
  const seen: string[] = []
  let cursor: string | undefined
  for (let step = 0; ; step++) {
    const page = await listPosts(world.ctx, actor, { brandId, limit: 1 + ((step * 7) % 23), cursor })
    seen.push(...page.items.map((post) => post.id))
    if (!page.nextCursor) break
    cursor = page.nextCursor
    // Others delete what was seen, the last one too, and what was not; and write new ones.
    const gone = [seen.at(-1), seen[0], [...stays][step]].filter((id) => id !== undefined)
    for (const id of gone) {
      stays.delete(id)
      await world.ctx.db.deleteFrom('posts').where('id', '=', id).execute()
    }
    world.clock.advance(1000)
    await insertPosts(brandId, 3)
  }
  expect(new Set(seen).size).toBe(seen.length)
  expect([...stays].filter((id) => !seen.includes(id))).toEqual([])
  expect([...seen].sort().reverse()).toEqual(seen)
})

test('a cursor belongs to its brand and filter', async () => {
  const [one, two] = [await world.addBrand(), await world.addBrand()]
  await insertPosts(one, 3)
  await insertPosts(two, 3)
  const { nextCursor } = await listPosts(world.ctx, actor, { brandId: one, limit: 1 })
  const cursor = nextCursor ?? ''
  for (const foreign of [{ brandId: two }, { brandId: one, statuses: ['draft' as const] }])
    await expect(listPosts(world.ctx, actor, { ...foreign, limit: 1, cursor })).rejects.toMatchObject({
      issues: [{ path: 'cursor' }],
    })
})

test('filters narrow the list to a campaign, a label, an account, a network', async () => {
  const brandId = await world.addBrand()
  const accountId = await world.addAccount('chirp', { brandId })
  const mine = Object.assign((...args: Parameters<typeof world.owner>) => world.owner(...args), world.owner, {
    brandId,
  })
  const [campaignId, labelId] = [world.ctx.newId(), world.ctx.newId()]
  const now = world.ctx.clock.now()
  const row = { workspaceId: world.owner.workspaceId, name: 'Spring', createdAt: now, updatedAt: now }
  await world.ctx.db
    .insertInto('campaigns')
    .values({ ...row, id: campaignId, status: 'active' })
    .execute()
  await world.ctx.db
    .insertInto('labels')
    .values({ ...row, id: labelId })
    .execute()
  await world.newPost({ content: 'plain' }, mine)
  const planned = await world.newPost({ content: 'planned', campaignId, labelIds: [labelId] }, mine)
  const targeted = await world.newPost({ content: 'targeted', targetAccountIds: [accountId] }, mine)
  expect(planned).toMatchObject({ campaignId, labelIds: [labelId] })
  const found = async (filter: object) =>
    (await listPosts(world.ctx, actor, { brandId, limit: 10, ...filter })).items.map((post) => post.id)
  expect(await found({ campaignId })).toEqual([planned.id])
  expect(await found({ labelId })).toEqual([planned.id])
  expect(await found({ accountId })).toEqual([targeted.id])
  expect(await found({ network: 'chirp' })).toEqual([targeted.id])
  expect(await found({ network: 'gallery' })).toEqual([])
})

test('the list of a brand with 10,000 posts walks its index and reads no more than the page', async () => {
  const brandId = await world.addBrand()
  await insertPosts(brandId, 10_000, 'published')
  await insertPosts(brandId, 3, 'failed')
  await insertPosts(await world.addBrand(), 5000)
  const stranger = await world.stranger()
  await insertPosts(stranger.brandId, 20_000, 'draft', stranger)
  await sql`analyze posts`.execute(world.ctx.db)
  const { workspaceId } = world.owner
  const [someId] = await idsOf(brandId)
  const page = { limit: 50 }
  const plans: [string, Parameters<typeof listPostsQuery>, string][] = [
    ['first page', [{ workspaceId, brandId }, page], 'posts_brand'],
    [
      'later page',
      [
        { workspaceId, brandId },
        { ...page, beforeId: someId ?? '' },
      ],
      'posts_brand',
    ],
    [
      'rare statuses',
      [{ workspaceId, brandId, statuses: ['failed', 'uncertain'] }, page],
      'posts_brand_status',
    ],
    [
      'common statuses',
      [{ workspaceId, brandId, statuses: ['published', 'partially_failed'] }, page],
      'posts_brand_status',
    ],
    ['workspace', [{ workspaceId }, page], 'posts_workspace'],
    ['workspace by status', [{ workspaceId, statuses: ['failed'] }, page], 'posts_workspace_status'],
  ]
  for (const [what, args, index] of plans) {
    const { rows } = await sql<{ 'QUERY PLAN': PlanNode[] }>`
      explain (analyze, format json, timing off) ${listPostsQuery(...args)}`.execute(world.ctx.db)
    const nodes = flat((Object.values(rows[0] as object)[0] as { Plan: PlanNode }[])[0]?.Plan as PlanNode)
    const scans = nodes.filter((node) => node['Index Name'] !== undefined || node['Node Type'] === 'Seq Scan')
    expect([what, ...new Set(scans.map((node) => node['Index Name']))]).toEqual([what, index])
    expect(Math.max(...scans.map((node) => node['Actual Rows']))).toBeLessThanOrEqual(50)
    expect(nodes.filter((node) => node['Rows Removed by Filter'])).toEqual([])
  }
})

interface PlanNode {
  'Node Type': string
  'Index Name'?: string
  'Actual Rows': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}
const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)]

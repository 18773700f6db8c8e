import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'
import { calendarQuery } from '../../storage/list-posts.ts'
import { postsByTimeQuery } from '../../storage/posts-by-time.ts'
import { uuidV7At } from '../../storage/uuid-v7.ts'

let world: Awaited<ReturnType<typeof testPosting>>
beforeAll(async () => {
  world = await testPosting()
})
afterAll(() => world.close())

const calendar = (query: string, caller = world.owner) =>
  caller('GET', `/api/v1/workspaces/${world.owner.workspaceId}/calendar?${query}`)

test('a calendar holds what has a time in its range, soonest first, of all brands or one', async () => {
  const accountId = await world.addAccount('chirp')
  const at = (day: number) => `2035-06-${String(day).padStart(2, '0')}T09:00:00.000Z`
  const scheduled = { targetAccountIds: [accountId] }
  await world.newPost({ ...scheduled, content: 'third', scheduledAt: at(3) })
  await world.newPost({ ...scheduled, content: 'first', scheduledAt: at(1) })
  await world.newPost({ content: 'no time' })
  await world.newPost({ ...scheduled, content: 'later', scheduledAt: '2035-07-01T00:00:00.001Z' })
  const june = 'from=2035-06-01T00:00:00Z&to=2035-07-01T00:00:00Z'
  const read = await calendar(june)
  expect(read.statusCode, read.body).toBe(200)
  expect(read.json().data.map((post: { content: string }) => post.content)).toEqual(['first', 'third'])
  expect((await calendar(`${june}&brandId=${world.owner.brandId}`)).json().data).toHaveLength(2)
  expect((await calendar(`${june}&brandId=${await world.addBrand()}`)).json().data).toEqual([])
  expect((await calendar(`${june}&network=gallery`)).json().data).toEqual([])
})

test('a range that is backwards or too long is told so, and a stranger finds no calendar', async () => {
  for (const query of [
    'from=2035-06-02T00:00:00Z&to=2035-06-01T00:00:00Z',
    'from=2035-06-01T00:00:00Z&to=2038-06-01T00:00:00Z',
  ]) {
    const refused = await calendar(query)
    expect([refused.statusCode, refused.json().error.details[0].path]).toEqual([400, 'to'])
  }
  const stranger = await world.stranger()
  expect((await calendar('from=2035-06-01T00:00:00Z&to=2035-07-01T00:00:00Z', stranger)).statusCode).toBe(404)
})

test('among 20,000 posts a month is read from the calendar’s index, and nothing beyond it', async () => {
  const { workspaceId, brandId } = world.owner
  const now = world.ctx.clock.now()
  // Three hours apart over seven years; one in ten has no time.
  await sql`
    insert into posts (id, workspace_id, brand_id, origin, text, status, content_hash, due_at, created_at, updated_at)
    select ${uuidV7At(now)}, ${workspaceId}, ${brandId}, 'mypost', 'Post ' || n, 'draft', '\\x00',
           case when n % 10 > 0 then timestamptz '2041-01-01Z' + n * interval '3 hours' end, ${now}, ${now}
    from generate_series(1, 20000) as n`.execute(world.ctx.db)
  await sql`analyze posts`.execute(world.ctx.db)
  const [from, to] = [new Date('2043-06-01T00:00:00Z'), new Date('2043-07-01T00:00:00Z')]
  const plans = {
    calendar: calendarQuery({ workspaceId, dueFrom: from, dueTo: to }, 2001),
    'calendar of A': postsByTimeQuery(
      { workspaceId, from, to },
      { order: 'soonest', offset: 0, limit: 10_000 },
    ),
    'list of A': postsByTimeQuery({ workspaceId }, { order: 'latest', offset: 0, limit: 50 }),
  }
  for (const [what, query] of Object.entries(plans)) {
    const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>`
      explain (analyze, format json, timing off) ${query}`.execute(world.ctx.db)
    const nodes = flat((Object.values(rows[0] as object)[0] as [{ Plan: PlanNode }])[0].Plan)
    const scans = nodes.filter((node) => node['Node Type'].includes('Scan') && !node.Plans)
    expect([what, scans.map((node) => node['Index Name'])]).toEqual([
      what,
      what === 'list of A' ? ['posts_calendar', 'posts_untimed'] : ['posts_calendar'],
    ])
    expect(Math.max(...scans.map((node) => node['Actual Rows']))).toBeLessThanOrEqual(240)
  }
})

interface PlanNode {
  'Node Type': string
  'Index Name'?: string
  'Actual Rows': number
  Plans?: PlanNode[]
}
const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)]

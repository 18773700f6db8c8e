/**
 * Whether a calendar stays as quick when the table grows: `npm run bench:calendar [-- --small 10000 --large 1000000]`.
 *
 * A month with a thousand posts is asked for by the very operations behind the calendars of dialects A and D and of the
 * native one, and page one of A's list by time, with so many posts in the table: first the small number, then the large
 * one, in the same run. Half of the others belong to the same workspace, in other months. Prints the times, the plan of
 * every statement at the large number, and the ratio; ends with 1 when a statement reads more pages than a flat plan
 * may, so that a plan that has come to walk the table is noticed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { createIds } from '../server/operations/ids.ts'
import { openDatabase } from '../server/storage/database.ts'
import { startEmbedded } from '../server/storage/embedded.ts'
import { listCalendar } from '../server/storage/list-posts.ts'
import { migrate } from '../server/storage/migrate.ts'
import { listPostsByTime } from '../server/storage/posts-by-time.ts'
import { testTenant } from '../test/tenant.ts'

const { values } = parseArgs({
  options: {
    small: { type: 'string', default: '10000' },
    large: { type: 'string', default: '1000000' },
  },
})
const monthPosts = 1000
/** Times of one reading; the median counts, the first ones plan and warm up. */
const readings = 25
/** A thousand rows lie on as many pages at most, once for posts, their deliveries, and each index. */
const pagesMax = 8 * monthPosts
const month = { from: new Date('2030-06-01T00:00:00Z'), to: new Date('2030-07-01T00:00:00Z') }

const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'))
const server = await startEmbedded({ folder: join(folder, 'postgres') })
await migrate(server.connectionString)
const { db, pool } = openDatabase({ connectionString: server.connectionString, poolMax: 1 })
const clock = { now: () => new Date() }
const ctx = { db, clock, newId: createIds(clock) }
try {
  const own = await testTenant(ctx)
  const other = await testTenant(ctx)
  const accounts = [await addAccount(own), await addAccount(other)] as const
  const { workspaceId } = own
  const listings: Record<string, () => Promise<{ id: string }[]>> = {
    'calendar of D and the native dialect': () =>
      listCalendar(db, { workspaceId, dueFrom: month.from, dueTo: month.to }, 2001),
    'calendar of A': () =>
      listPostsByTime(db, { workspaceId, ...month }, { order: 'soonest', offset: 0, limit: 10_000 }),
    'list of A, first page': () =>
      listPostsByTime(db, { workspaceId }, { order: 'latest', offset: 0, limit: 50 }),
  }

  // Only for filling: no foreign keys are looked up, and nothing waits for the disk.
  await pool.query('set session_replication_role = replica; set synchronous_commit = off')
  let posts = 0
  const medians: Record<string, number[]> = {}
  let worst = 0
  for (const size of [Number(values.small), Number(values.large)]) {
    const startedAt = performance.now()
    if (posts === 0) posts += await fill(own, accounts[0], monthPosts, true)
    const missing = size - posts
    posts += await fill(own, accounts[0], Math.ceil(missing / 2), false)
    posts += await fill(other, accounts[1], Math.floor(missing / 2), false)
    await pool.query('vacuum analyze')
    console.log(`\n${posts} posts (${((performance.now() - startedAt) / 1000).toFixed(0)} s to fill)`)
    for (const [name, list] of Object.entries(listings)) {
      const { medianMs, rows } = await time(list)
      medians[name] = [...(medians[name] ?? []), medianMs]
      console.log(`  ${name}: ${rows} posts in ${medianMs.toFixed(1)} ms`)
      for (const { text, plan, pages } of await explain(list)) {
        worst = Math.max(worst, pages)
        if (size === Number(values.large))
          console.log(`\n    ${text}\n${plan.map((line) => `      ${line}`).join('\n')}\n`)
      }
    }
  }
  console.log(`\nFrom ${values.small} to ${values.large} posts, the time grew by`)
  for (const [name, [small = 0, large = 0]] of Object.entries(medians))
    console.log(`  ${name}: ${(large / small).toFixed(2)}`)
  console.log(`Most pages read by one statement: ${worst} (a flat plan needs ${pagesMax} at most)`)
  if (worst > pagesMax) process.exitCode = 1
} finally {
  await pool.end()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

type Owner = Awaited<ReturnType<typeof testTenant>>

async function addAccount({ workspaceId, brandId }: Owner): Promise<string> {
  const id = ctx.newId()
  const now = clock.now()
  await db
    .insertInto('accounts')
    .values({
      id,
      workspaceId,
      brandId,
      network: 'bluesky',
      externalId: id,
      kind: 'profile',
      name: 'Bench',
      state: 'active',
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .execute()
  return id
}

/** Posts with one delivery each, in the measured month or spread over five years around it; one in twenty has no time. */
async function fill(owner: Owner, accountId: string, count: number, inMonth: boolean): Promise<number> {
  await pool.query(
    `with times as (
       select gen_random_uuid() as id, n, case
         when $5 then timestamptz '2030-06-01Z' + (n * interval '30 days' / ${monthPosts + 1})
         when n % 20 = 0 then null
         else timestamptz '2030-07-01Z' + (n % 900 + 1) * interval '1 day' * (case n % 2 when 0 then 1 else -1 end)
              - (case n % 2 when 0 then interval '0' else interval '31 days' end) end as due_at
       from generate_series(1, $4::int) as n
     ), written as (
       insert into posts (id, workspace_id, brand_id, origin, text, due_at, status, content_hash, created_at, updated_at)
       select id, $1, $2, 'mypost', 'Post ' || n, due_at,
              (case when due_at is null then 'draft' when n % 3 = 0 then 'scheduled' else 'published' end)::post_status,
              '\\x00', now(), now()
       from times returning id
     )
     insert into deliveries (id, workspace_id, post_id, account_id, network, position, state, due_at, created_at, updated_at)
     select gen_random_uuid(), $1, times.id, $3, 'bluesky', 0,
            (case when due_at is null then 'draft' when n % 3 = 0 then 'scheduled' else 'published' end)::delivery_state,
            due_at, now(), now()
     from times`,
    [owner.workspaceId, owner.brandId, accountId, count, inMonth],
  )
  return count
}

async function time(list: () => Promise<unknown[]>): Promise<{ medianMs: number; rows: number }> {
  const times: number[] = []
  let rows = 0
  for (let reading = 0; reading < readings; reading++) {
    const startedAt = performance.now()
    rows = (await list()).length
    times.push(performance.now() - startedAt)
  }
  return { medianMs: times.sort((a, b) => a - b)[Math.floor(readings / 2)] ?? 0, rows }
}

/** The statements that a listing sends, each with its plan, and the pages that it read. */
async function explain(list: () => Promise<unknown>) {
  const statements = await statementsOf(list)
  const explained = []
  for (const { text, values } of statements) {
    const { rows } = await pool.query(`explain (analyze, buffers, costs off) ${text}`, values)
    const plan = rows.map((row) => String(row['QUERY PLAN']))
    const buffers = plan.find((line) => line.includes('Buffers:')) ?? ''
    const pages = [...buffers.matchAll(/(?:hit|read)=(\d+)/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    )
    explained.push({ text: text.replaceAll(/\s+/g, ' ').trim(), plan, pages })
  }
  return explained
}

async function statementsOf(list: () => Promise<unknown>) {
  const seen: { text: string; values: unknown[] }[] = []
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [config, values] = args as [string | { text: string; values?: unknown[] }, unknown[] | undefined]
    const text = typeof config === 'string' ? config : config.text
    seen.push({ text, values: (typeof config === 'string' ? values : config.values) ?? [] })
    return (query as (...all: unknown[]) => unknown).apply(this, args)
  } as never
  try {
    await list()
  } finally {
    pg.Client.prototype.query = query
  }
  return seen.filter(({ text }) => /^\s*(\/\*.*?\*\/\s*)?(select|with)\b/i.test(text))
}

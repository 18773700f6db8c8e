/**
 * The figures Fanfare promises, from one run on this machine: `npm run bench [-- --posts 5000 --waiting 100000]`.
 *
 * 1. Lateness at rest, and the drain of many deliveries due at one instant, against a network in memory that answers
 *    at once (drain.ts).
 * 2. The yardstick: a bare loop that claims a row and marks it done, on the same database with as many connections.
 *    Compare ratios within one run; the machine may be busy.
 * 3. The memory of the real server with 100,000 posts scheduled.
 *
 * A PostgreSQL of its own, with durable commits, in a temporary folder.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startEmbedded } from '../server/storage/embedded.ts'
import { migrate } from '../server/storage/migrate.ts'

const { values } = parseArgs({
  options: {
    posts: { type: 'string', default: '5000' },
    accounts: { type: 'string', default: '200' },
    waiting: { type: 'string', default: '100000' },
  },
})
const posts = Number(values.posts)
const connections = 10

const folder = await mkdtemp(join(tmpdir(), 'fanfare-bench-'))
const server = await startEmbedded({ folder: join(folder, 'postgres') })
try {
  console.log(
    `Node ${process.versions.node}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)} before the run`,
  )
  console.log('\nPublishing')
  await run('drain.ts', ['--posts', values.posts, '--accounts', values.accounts], await database('drain'))
  console.log('\nYardstick')
  await yardstick(await database('yardstick'))
  console.log('\nMemory')
  await memory(await database('memory'), Number(values.waiting))
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function database(name: string): Promise<string> {
  await query(server.connectionString, `create database ${name}`)
  const url = server.connectionString.replace('/postgres?', `/${name}?`)
  await migrate(url)
  return url
}

function run(script: string, args: string[], url: string): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args, '--database', url], {
      stdio: 'inherit',
    })
    child.once('exit', (code) => (code === 0 ? done() : fail(new Error(`${script} ended with ${code}`))))
  })
}

/** What one claim and one update per row cost, with nothing else: no fence, no settlement, no events. */
async function yardstick(url: string) {
  await query(
    url,
    'create table jobs (id bigint primary key, due_at timestamptz not null, state text not null)',
  )
  await query(url, "create index jobs_due on jobs (due_at, id) where state = 'scheduled'")
  await query(url, `insert into jobs select n, now(), 'scheduled' from generate_series(1, ${posts}) as n`)
  await query(url, 'analyze jobs')
  const began = performance.now()
  const counts = await Promise.all(Array.from({ length: connections }, () => claimAll(url)))
  const tookMs = performance.now() - began
  const done = counts.reduce((sum, count) => sum + count, 0)
  console.log(
    `bare claim-and-update loop: ${done} rows over ${connections} connections in ${Math.round(tookMs)} ms: ` +
      `${Math.round((done / tookMs) * 1000)} rows/s`,
  )
}

async function claimAll(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (let count = 0; ; count++) {
      const { rows } = await client.query({
        name: 'claim',
        text: `update jobs set state = 'publishing' where id = (
                 select id from jobs where state = 'scheduled' and due_at <= now()
                 order by due_at, id for update skip locked limit 1) returning id`,
      })
      if (rows.length === 0) return count
      await client.query({
        name: 'done',
        text: `update jobs set state = 'published' where id = $1`,
        values: [rows[0].id],
      })
    }
  } finally {
    await client.end()
  }
}

/** The whole server as a user runs it, beside so many scheduled posts; measured once it has been ready for a while. */
async function memory(url: string, waiting: number) {
  const posts = `
    insert into workspaces (id, name, mode, created_at, updated_at) values ('00000000-0000-7000-8000-000000000001', 'Bench', 'live', now(), now());
    insert into brands (id, workspace_id, name, is_default, created_at, updated_at)
      values ('00000000-0000-7000-8000-000000000002', '00000000-0000-7000-8000-000000000001', 'Bench', true, now(), now());
    insert into accounts (id, workspace_id, brand_id, network, external_id, kind, name, state, created_at, updated_at, connected_at)
      select md5('account' || n)::uuid, '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002',
             'mastodon', n::text, 'profile', 'Account ' || n, 'active', now(), now(), now() from generate_series(1, 200) as n;
    insert into posts (id, workspace_id, brand_id, origin, text, due_at, status, content_hash, created_at, updated_at)
      select md5('post' || n)::uuid, '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002',
             'mypost', 'Post ' || n, now() + interval '30 days', 'scheduled', '', now(), now() from generate_series(1, ${waiting}) as n;
    insert into deliveries (id, workspace_id, post_id, account_id, network, position, state, due_at, wake_at, created_at, updated_at)
      select md5('delivery' || n)::uuid, '00000000-0000-7000-8000-000000000001', md5('post' || n)::uuid,
             md5('account' || (n % 200 + 1))::uuid, 'mastodon', 0, 'scheduled', now() + interval '30 days', now() + interval '30 days', now(), now()
      from generate_series(1, ${waiting}) as n;
    analyze`
  await query(url, posts)
  // As bin/start.mjs runs it.
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=4', join(import.meta.dirname, '../server/main.ts')],
    {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: url,
        PORT: '0',
        FANFARE_DATA_DIR: join(folder, 'data'),
        FANFARE_LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = new Promise((done) => child.once('exit', done))
  try {
    const address = await new Promise<string>((done, fail) => {
      child.stdout.on('data', (chunk) => {
        const found = /listening on (http:\S+)/.exec(String(chunk))?.[1]
        if (found) done(found)
      })
      child.once('exit', (code) => fail(new Error(`The server ended with ${code}`)))
    })
    const until = Date.now() + 10_000
    while (Date.now() < until) await fetch(`${address}/readyz`)
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    const megabytes = (field: string) =>
      Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
    console.log(
      `the server with ${waiting} posts scheduled, after 10 s of requests: ${megabytes('VmRSS')} MB (most: ${megabytes('VmHWM')} MB)`,
    )
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

async function query(url: string, text: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

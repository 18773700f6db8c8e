/**
 * How fast the engine drains posts that are due at one instant, and how punctual it is at rest; against a network in
 * memory that answers at once, with a real, durable PostgreSQL beside it.
 *
 *     node bench/drain.ts [--posts 5000] [--accounts 200] [--singles 200] [--waiting 0] [--database postgresql://...]
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startEngine } from '../server/engine/engine.ts'
import { startEmbedded } from '../server/storage/embedded.ts'
import { migrate } from '../server/storage/migrate.ts'
import { bareContext } from '../test/bare-context.ts'
import { addAccounts, schedulePosts, until } from '../test/deliveries.ts'
import { scriptedNetwork } from '../test/engine-network.ts'
import { testTenant } from '../test/tenant.ts'

const { values } = parseArgs({
  options: {
    posts: { type: 'string', default: '5000' },
    accounts: { type: 'string', default: '200' },
    singles: { type: 'string', default: '200' },
    waiting: { type: 'string', default: '0' },
    database: { type: 'string' },
  },
})
const [posts, accounts, singles, waiting] = [
  values.posts,
  values.accounts,
  values.singles,
  values.waiting,
].map(Number) as [number, number, number, number]

const folder = await mkdtemp(join(tmpdir(), 'fanfare-drain-'))
const server = values.database ? null : await startEmbedded({ folder })
const connectionString = values.database ?? server?.connectionString ?? ''
await migrate(connectionString)
const scripted = scriptedNetwork()
const { ctx, pool, close } = bareContext(connectionString, [scripted.network])
const tenant = await testTenant(ctx)
const accountIds = await addAccounts(ctx, tenant, accounts)
const accountOf = (index: number) => [accountIds[index % accountIds.length] as string]

if (waiting > 0) {
  const farOff = new Date(Date.now() + 30 * 24 * 3_600_000)
  for (let made = 0; made < waiting; made += 5_000)
    await schedulePosts(
      ctx,
      tenant,
      Array.from({ length: Math.min(5_000, waiting - made) }, (_, index) => ({
        accountIds: accountOf(index),
        dueAt: farOff,
        text: `Later ${made + index}`,
      })),
    )
}

let lateness: number[] = []
let settled = 0
const engine = startEngine(ctx, {
  listenUrl: connectionString,
  observer: {
    sent: ({ latenessMs }) => lateness.push(latenessMs),
    settled: ({ state }) => {
      if (state === 'published') settled++
    },
    trouble: (what, error) => console.error(what, error),
  },
})

// At rest, one post at a time with nothing else to do; then in a trickle, where one is often still being recorded when
// the next is due. Both at odd instants.
await single('at rest', 251, Math.ceil(singles / 2))
await single('in a trickle', 23, singles)

// All at once.
lateness = []
settled = 0
const dueAt = new Date(Date.now() + 4_000)
await schedulePosts(
  ctx,
  tenant,
  Array.from({ length: posts }, (_, index) => ({
    accountIds: accountOf(index),
    dueAt,
    text: `Post ${index}`,
  })),
)
await pause(Math.max(0, dueAt.getTime() - Date.now() - 500))
const cpuBefore = process.cpuUsage()
const databaseBefore = await databaseCpuMs()
await until(
  () => settled,
  (count) => count >= posts,
  300_000,
)
const tookMs = Date.now() - dueAt.getTime()
const cpu = process.cpuUsage(cpuBefore)
const databaseMs = (await databaseCpuMs()) - databaseBefore
report('all at once', lateness)
console.log(
  `${posts} over ${accounts} accounts in ${tookMs} ms: ${Math.round((posts / tookMs) * 1000)} deliveries/s; ` +
    `CPU: this process ${Math.round((cpu.user + cpu.system) / 1000)} ms, PostgreSQL ${databaseMs} ms; ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
)
const doubles = scripted.posts.length - new Set(scripted.posts.map((post) => post.text)).size
console.log(`${scripted.posts.length} visible, ${doubles} doubled`)

await engine.stop()
await close()
await server?.stop()
await rm(folder, { recursive: true, force: true })

/** Schedules `count` posts, one every `everyMs`, and reports how late each was sent. */
async function single(name: string, everyMs: number, count: number) {
  lateness = []
  settled = 0
  const first = Date.now() + 1_000
  await schedulePosts(
    ctx,
    tenant,
    Array.from({ length: count }, (_, index) => ({
      accountIds: accountOf(index),
      dueAt: new Date(first + index * everyMs),
      text: `${name} ${index}`,
    })),
  )
  await until(
    () => settled,
    (done) => done >= count,
    120_000,
  )
  report(`${name}, one every ${everyMs} ms`, lateness)
}

/** CPU used by all processes of the database so far, where /proc tells (Linux, same machine); else 0. */
async function databaseCpuMs(): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  try {
    const postmaster = (await processFields(String(rows[0]?.pid)))[1]
    let ticks = 0
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      const fields = await processFields(pid).catch(() => [])
      if (pid !== postmaster && fields[1] !== postmaster) continue
      const [user = 0, system = 0, userEnded = 0, systemEnded = 0] = fields.slice(11, 15).map(Number)
      ticks += user + system + (pid === postmaster ? userEnded + systemEnded : 0)
    }
    return ticks * 10
  } catch {
    return 0
  }
}

/** /proc/<pid>/stat from the third field on: state, parent, ... */
async function processFields(pid: string): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

function report(name: string, ms: number[]) {
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
  console.log(
    `${name}: lateness p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, most ${sorted.at(-1)} ms (${ms.length})`,
  )
}

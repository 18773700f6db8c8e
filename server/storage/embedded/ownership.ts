import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

/** Held for as long as a Fanfare looks after this PostgreSQL; chosen once. */
const advisoryLock = 4_261_950_308

/** The session of a process that was killed ends as soon as PostgreSQL reads the end of its connection. */
const lockPatienceMs = 2_000

/**
 * The right to look after the running server: a session with an advisory lock. A server whose Fanfare was killed has
 * nobody holding it (adopt it), a server with a living one has (refuse).
 */
export interface Ownership {
  /** Resolves when the session is gone, whatever the reason. */
  lost: Promise<void>
  release(): Promise<void>
}

/** @throws Error when another Fanfare looks after the server, or the connection fails. */
export async function takeOwnership(connectionString: string): Promise<Ownership> {
  const client = new pg.Client({
    connectionString,
    application_name: `fanfare process ${process.pid} on ${hostname()}`.slice(0, 63),
    connectionTimeoutMillis: 5_000,
  })
  const lost = new Promise<void>((done) => {
    client.once('end', done)
    client.on('error', () => done())
  })
  try {
    await client.connect()
    for (const deadline = performance.now() + lockPatienceMs; ; await pause(100)) {
      const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [advisoryLock])
      if (rows[0]?.taken) return { lost, release: () => client.end() }
      if (performance.now() > deadline) throw await refusal(client)
    }
  } catch (error) {
    client.end().catch(() => undefined)
    throw error
  }
}

/** Somebody else looks after this server; it must be left alone. */
export class AnotherRuns extends Error {}

async function refusal(client: pg.Client): Promise<AnotherRuns> {
  const { rows } = await client.query<{ name: string }>(
    `select application_name as name from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and objid = $1::bigint::oid limit 1`,
    [advisoryLock],
  )
  return new AnotherRuns(
    `Another Fanfare runs on this data directory (${rows[0]?.name ?? 'a process that is just ending'}). ` +
      'Stop it first, or give this one another FANFARE_DATA_DIR. Several processes share a database by DATABASE_URL.',
  )
}

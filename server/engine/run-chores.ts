import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Logger, makeWorkerUtils, parseCronItems, run, type WorkerEvents } from 'graphile-worker'
import { beatChores, deadChoreHolders } from '../storage/chore-holders.ts'
import type { Db } from '../storage/database.ts'
import { endProcess } from '../storage/leases.ts'

export interface ChoreOptions {
  db: Db
  clock: { now(): Date }
  newId(): string
  /** A direct connection: chores are heard of by LISTEN. */
  connectionString: string
  host: string
  /** What to do for each task; a chore that throws is run again later. */
  tasks: Record<string, (payload: Record<string, string>) => Promise<void>>
  /** Tasks to be run once a day, by whichever process is there. */
  daily: string[]
  /** Tasks to be run on a cron pattern in UTC, one run at a time; one that was missed waits for the next. */
  schedule?: Record<string, string>
  /** A chore threw, or the worker met something that is not a chore's failure. */
  trouble(what: string, error: unknown): void
  /** Defaults: 2 s and 15 s. */
  beatMs?: number
  silentMs?: number
}

export interface Chores {
  /** Lets chores under way finish, within a bound; the rest goes on elsewhere or after the next start. */
  stop(): Promise<void>
}

/** Chores at once: most wait for somebody's server, up to 20 s each. */
const concurrency = 10
/** Connections: used to fetch and to finish a chore, not while it runs, and opened when needed. */
const poolMax = concurrency
const stopMsMax = 10_000

/**
 * Runs the chores that operations and the engine enqueue. Every few seconds it says that it lives, and frees what dead
 * processes hold, so that a chore interrupted by a kill goes on within seconds.
 */
export async function runChores(options: ChoreOptions): Promise<Chores> {
  const { db, clock, connectionString, trouble, beatMs = 2_000, silentMs = 15_000 } = options
  const id = options.newId()
  const logger = new Logger(() => (level, message, meta) => {
    if (level === 'error' || level === 'warning') trouble(message, meta?.error ?? meta)
  })
  let pool: string | null = null
  const events: WorkerEvents = new EventEmitter()
  events.on('pool:create', ({ workerPool }) => {
    pool = workerPool.id
  })
  const runner = await run({
    connectionString,
    concurrency,
    maxPoolSize: poolMax,
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: stopMsMax,
    logger,
    taskList: Object.fromEntries(
      Object.entries(options.tasks).map(([name, task]) => [
        name,
        (payload: unknown) => task(payload as Record<string, string>),
      ]),
    ),
    // At a quiet hour; one that was missed is made up for at the next start.
    parsedCronItems: parseCronItems([
      ...options.daily.map((task) => ({
        task,
        match: '17 3 * * *',
        options: { backfillPeriod: 86_400_000 },
      })),
      ...Object.entries(options.schedule ?? {}).map(([task, match]) => ({
        task,
        match,
        options: { queueName: task, jobKey: task, maxAttempts: 1, backfillPeriod: 0 },
      })),
    ]),
    events,
  })
  const utils = await makeWorkerUtils({ connectionString, maxPoolSize: 1, logger })
  const stopped = new AbortController()
  const beating = keepBeating()
  runner.promise.catch((error) => trouble('The worker for chores ended', error))

  async function keepBeating() {
    while (!stopped.signal.aborted) {
      try {
        if (pool) await beatChores(db, { id, pool, host: options.host, now: clock.now() })
        const dead = await deadChoreHolders(db, silentMs)
        if (dead.length > 0) await utils.forceUnlockWorkers(dead)
      } catch (error) {
        trouble('The heartbeat of chores did not reach the database', error)
      }
      await pause(beatMs, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }

  return {
    async stop() {
      stopped.abort()
      await beating
      await runner.stop()
      await utils.release()
      await endProcess(db, id).catch((error) => trouble('Saying goodbye failed', error))
    },
  }
}

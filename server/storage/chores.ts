import { sql } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'

/** Work for later that is not publishing: a webhook to send, a mail, numbers to collect. Payloads carry ids, never secrets. */
export interface Chore {
  task: string
  payload: Record<string, string | number | null>
  /** A chore with the same key replaces an earlier one that has not run yet. */
  key?: string
  /** Chores of one queue run one after the other. */
  queue?: string
  runAt?: Date
  /** Runs at most; 25 by default. 1 for chores that plan their own next try. */
  triesMax?: number
}

/** Enqueues chores in the transaction of the change that asks for them, in one statement. */
export async function addChores(tx: Db, chores: Chore[]): Promise<void> {
  if (chores.length === 0) return
  const specs = chores.map(({ task, payload, key, queue, runAt, triesMax }) => ({
    identifier: task,
    payload,
    job_key: key ?? null,
    queue_name: queue ?? null,
    run_at: runAt?.toISOString() ?? null,
    max_attempts: triesMax ?? null,
  }))
  await sql`
    select graphile_worker.add_jobs(array_agg(spec))
    from jsonb_populate_recordset(null::graphile_worker.job_spec, ${json(specs)}::jsonb) as spec`.execute(tx)
}

import type { Db, Tx } from './database.ts'

/** Deadlocks are rare (rows are locked in one order), so two more tries are plenty. */
const triesMax = 3

/** PostgreSQL's codes for "somebody else was in the way, ask again": serialization_failure, deadlock_detected. */
const retryable = new Set(['40001', '40P01'])

/**
 * Runs `work` in one transaction. When PostgreSQL ends it because of a deadlock, it runs again from the start, so
 * `work` must change nothing outside the transaction.
 */
export async function transaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      if (tries >= triesMax || !retryable.has(codeOf(error))) throw error
    }
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

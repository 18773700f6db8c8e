import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'

/** Rows deleted in one statement: short enough to be in nobody's way. */
const deletedMax = 5_000
const keptMs = 30 * 24 * 3_600_000

/**
 * Deletes what has served its time: answers kept for repeated requests, refresh tokens that ran out, and, a month
 * later, set-up links and sessions. @returns how many rows went.
 */
export async function deleteExpiredRows(db: Db, now: Date): Promise<number> {
  const longAgo = new Date(now.getTime() - keptMs)
  return (
    (await deleteWhere(db, sql`idempotency_keys`, sql`expires_at <= ${now}`)) +
    (await deleteWhere(db, sql`refresh_tokens`, sql`expires_at <= ${now}`)) +
    (await deleteWhere(db, sql`setup_links`, sql`expires_at < ${longAgo}`)) +
    (await deleteWhere(db, sql`sessions`, sql`expires_at < ${longAgo} or ended_at < ${longAgo}`))
  )
}

async function deleteWhere(
  db: Db,
  table: RawBuilder<unknown>,
  condition: RawBuilder<unknown>,
): Promise<number> {
  for (let total = 0; ; ) {
    const { numAffectedRows } = await sql`
      delete from ${table} where ctid = any (array(
        select ctid from ${table} where ${condition} limit ${deletedMax} for update skip locked))`.execute(db)
    const deleted = Number(numAffectedRows ?? 0)
    total += deleted
    if (deleted < deletedMax) return total
  }
}

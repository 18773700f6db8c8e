import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Deliveries due for longer than this count as late in figures. */
const lateMs = 60_000

/**
 * How much publishing stands before us, over all workspaces. The counts of due and late ones use the index
 * deliveries_due; `scheduled` counts that whole (partial) index, some 10 ms for 100,000 rows.
 */
export async function deliveryFigures(db: Db, now: Date) {
  const { rows } = await sql<{ scheduled: number; due: number; late: number; oldestDueMs: number }>`
    select count(*)::int as scheduled,
           (count(*) filter (where wake_at <= ${now}))::int as due,
           (count(*) filter (where wake_at <= ${new Date(now.getTime() - lateMs)}))::int as late,
           coalesce(greatest(0, extract(epoch from ${now}::timestamptz - min(wake_at)) * 1000), 0)::float8 as oldest_due_ms
    from deliveries where state = 'scheduled'`.execute(db)
  return rows[0] as (typeof rows)[0] & object
}

import { sql } from 'kysely'
import type { Db } from './database.ts'

export interface EngineHealth {
  /** Processes that publish and have beaten lately. */
  enginesAlive: number
  /** How long the oldest delivery that could go out is overdue, in milliseconds; 0 when none is. */
  oldestDueMs: number
}

/** Rows looked at for the oldest due delivery; behind so many blocked lanes the first one is told. */
const lookedAtMax = 200

/**
 * Whether publishing works, as any process can tell from the database. A delivery whose account is publishing another
 * one, or is out of action, does not count as late: it waits for its turn. Index deliveries_due.
 */
export async function engineHealth(
  db: Db,
  { silentMs, now }: { silentMs: number; now: Date },
): Promise<EngineHealth> {
  const { rows } = await sql<{ enginesAlive: number; oldestDue: Date | null }>`
    select
      (select count(*)::int from processes
       where role in ('engine', 'all') and beat_at > clock_timestamp() - ${silentMs} * interval '1 ms') as engines_alive,
      (select min(wake_at) from (
         select wake_at, account_id from deliveries
         where state = 'scheduled' and wake_at <= ${now} order by wake_at, id limit ${lookedAtMax}) as oldest
       join accounts on accounts.id = oldest.account_id and accounts.state = 'active' and accounts.is_active
       where not exists (
         select from deliveries as ahead where ahead.account_id = oldest.account_id and ahead.state = 'publishing')
      ) as oldest_due`.execute(db)
  const { enginesAlive = 0, oldestDue = null } = rows[0] ?? {}
  return { enginesAlive, oldestDueMs: oldestDue ? Math.max(0, now.getTime() - oldestDue.getTime()) : 0 }
}

import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * Who works on chores: a row of `processes` per worker pool, its role `chores <pool>`. The library locks a chore to a
 * pool for four hours, however its process ended; these rows tell the dead ones within seconds.
 */
export async function beatChores(db: Db, beat: { id: string; pool: string; host: string; now: Date }) {
  await sql`
    insert into processes (id, role, host, started_at, beat_at)
    values (${beat.id}, ${`chores ${beat.pool}`}, ${beat.host}, ${beat.now}, clock_timestamp())
    on conflict (id) do update set beat_at = excluded.beat_at`.execute(db)
}

/**
 * Pools that hold chores and have not beaten for `silentMs`. One that locked a chore just now may not have beaten yet,
 * so a lock counts only when it is as old as that.
 */
export async function deadChoreHolders(db: Db, silentMs: number): Promise<string[]> {
  const { rows } = await sql<{ pool: string }>`
    select distinct locked_by as pool from graphile_worker.jobs
    where locked_by is not null and locked_at < clock_timestamp() - ${silentMs} * interval '1 ms'
      and not exists (
        select from processes
        where role = 'chores ' || locked_by and beat_at > clock_timestamp() - ${silentMs} * interval '1 ms')
    limit 100`.execute(db)
  return rows.map(({ pool }) => pool)
}

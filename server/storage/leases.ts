import { sql } from 'kysely'
import type { Db } from './database.ts'
import { uuidV7At } from './uuid-v7.ts'

/**
 * Leases say who works on a delivery, by the database's clock. The heartbeat renews them; one that runs out, or whose
 * process is known dead, is taken over.
 */

// ---------------------------------------------------------------- processes

/** Announces a process, or keeps it announced. @returns the other processes that are alive. */
export async function beat(
  db: Db,
  process: { id: string; role: string; host: string },
  { silentMs, now }: { silentMs: number; now: Date },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with beaten as (
      insert into processes (id, role, host, started_at, beat_at)
      values (${process.id}, ${process.role}, ${process.host}, ${now}, clock_timestamp())
      on conflict (id) do update set beat_at = excluded.beat_at
    )
    select id from processes
    where id <> ${process.id} and beat_at > clock_timestamp() - ${silentMs} * interval '1 ms'`.execute(db)
  return rows.map((row) => row.id)
}

/** The process is leaving; what it still holds may be taken over at once. */
export async function endProcess(db: Db, processId: string): Promise<void> {
  await db.deleteFrom('processes').where('id', '=', processId).execute()
}

/** Rows of processes that ended without a word; a day keeps them for whoever looks into it. */
export async function forgetDeadProcesses(db: Db): Promise<void> {
  await sql`delete from processes where beat_at < clock_timestamp() - interval '1 day'`.execute(db)
}

// ---------------------------------------------------------------- renewal

/**
 * Renews the leases of these deliveries, in one statement; a row that another transaction holds at this moment is
 * left for the next beat.
 * @returns the deliveries that are still this process', renewed or not. The others are lost: their work must end.
 */
export async function renewLeases(
  db: Db,
  leases: { deliveryId: string; attempt: number }[],
  { processId, leaseMs }: { processId: string; leaseMs: number },
): Promise<Map<string, { renewed: boolean }>> {
  const { rows } = await sql<{ id: string; renewed: boolean }>`
    with ours as materialized (
      select deliveries.id
      from unnest(${leases.map((lease) => lease.deliveryId)}::uuid[], ${leases.map((lease) => lease.attempt)}::int[])
        as leases (delivery_id, attempt)
      join deliveries on deliveries.id = leases.delivery_id and deliveries.attempt = leases.attempt
      where state = 'publishing' and lease_owner = ${processId}
    ), free as materialized (
      select id from deliveries
      where id in (select id from ours) and state = 'publishing' and lease_owner = ${processId}
        and lease_until > clock_timestamp()
      for update skip locked
    ), renewed as (
      update deliveries
      set lease_until = greatest(lease_until, clock_timestamp() + ${leaseMs} * interval '1 ms')
      from free where deliveries.id = free.id
      returning deliveries.id
    )
    select ours.id, renewed.id is not null as renewed
    from ours left join renewed on renewed.id = ours.id`.execute(db)
  return new Map(rows.map((row) => [row.id, { renewed: row.renewed }]))
}

// ---------------------------------------------------------------- take-over

export interface TakenOver {
  deliveryId: string
  accountId: string
  attempt: number
  /** Parked by its last owner and due to be looked at: nobody died, the attempt goes on. */
  wasParked: boolean
  /** How long the last owner may still believe in its lease. */
  oldLeaseMs: number
}

/**
 * Takes deliveries whose lease has run out, whose process is known dead, or that were parked until now. A delivery
 * taken from another process gets a new attempt, so that every record of the old one misses. Through deliveries_one_publishing.
 * @param silentMs a process that has not beaten for so long counts as dead.
 */
export async function takeOver(
  db: Db,
  {
    processId,
    networks,
    leaseMs,
    silentMs,
    max,
    now,
  }: { processId: string; networks: string[]; leaseMs: number; silentMs: number; max: number; now: Date },
): Promise<TakenOver[]> {
  const { rows } = await sql<TakenOver>`
    with over as materialized (
      select id, attempt, lease_owner, lease_until
      from deliveries
      where state = 'publishing' and network = any (${networks}::text[])
        and (lease_until <= clock_timestamp()
          or (lease_owner is not null and lease_owner <> ${processId} and not exists (
            select from processes
            where processes.id = lease_owner and beat_at > clock_timestamp() - ${silentMs} * interval '1 ms')))
      order by lease_until limit ${max}
      for update skip locked
    ), taken as (
      update deliveries
      set lease_owner = ${processId}, lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms', updated_at = ${now},
          attempt = deliveries.attempt + case when over.lease_owner is null then 0 else 1 end
      from over where deliveries.id = over.id
      returning deliveries.id, workspace_id, post_id, account_id, network, deliveries.attempt, over.lease_owner as old_owner,
                over.attempt as old_attempt,
                greatest(0, extract(epoch from over.lease_until - clock_timestamp()))::float8 * 1000 as old_lease_ms
    ), ended as (
      update attempts set finished_at = ${now}, outcome = 'taken_over'
      from taken
      where old_owner is not null and attempts.delivery_id = taken.id and attempts.number = taken.old_attempt
        and attempts.finished_at is null
    ), begun as (
      insert into attempts (id, workspace_id, delivery_id, network, number, process_id, started_at)
      select ${uuidV7At(now)}, workspace_id, id, network, attempt, ${processId}, ${now}
      from taken where old_owner is not null
    ), logged as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, created_at)
      select ${uuidV7At(now)}, workspace_id, post_id, id, 'taken_over',
             'The process that was publishing this ended or went silent; another one goes on.', ${now}
      from taken where old_owner is not null
    )
    select id as delivery_id, account_id, attempt, old_owner is null as was_parked, old_lease_ms from taken`.execute(
    db,
  )
  return rows
}

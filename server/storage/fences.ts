import { sql } from 'kysely'
import type { Db } from './database.ts'
import { type Json, json } from './json.ts'

/** One write that is about to be sent. */
export interface Fence {
  deliveryId: string
  attempt: number
  /** A new id for a new write; that of the existing row when the same write is sent again with the same key. */
  writeId: string
  position: number
  kind: string
  key: string
  /** The lease must outlast the request, so the fence extends it to at least this long from now. */
  leaseMs: number
  /** Stored with the first fence and used by every later try at the same content. */
  plan: Json
  /** The answer to the write before, recorded in the same statement. */
  answered: { writeId: string; externalId: string; url: string | null; data: Json } | null
}

export type FenceVerdict =
  | 'fenced'
  /** Another transaction holds the delivery: try again at once, it will soon be fenced or lost. */
  | 'locked'
  /** Edited, cancelled, taken over, or the lease has run out. Nothing was recorded; nothing may be sent. */
  | 'lost'

/**
 * Writes "about to send" to disk, for many deliveries in one statement: nothing visible happens before this commits.
 * Conditional on attempt, state, owner and a lease that holds by the database's clock (answers 3.1). Sending the same
 * fences again after a connection that broke on the commit changes nothing.
 */
export async function fenceWrites(
  db: Db,
  fences: Fence[],
  { processId, now }: { processId: string; now: Date },
): Promise<Map<string, FenceVerdict>> {
  const given = fences.map(({ answered, ...fence }) => ({
    ...fence,
    answeredId: answered?.writeId ?? null,
    externalId: answered?.externalId ?? null,
    url: answered?.url ?? null,
    data: answered?.data ?? null,
  }))
  const { rows } = await sql<{ deliveryId: string; isFenced: boolean; isOurs: boolean }>`
    with given as materialized (
      select * from json_to_recordset(${json(given)}::json) as given (
        "deliveryId" uuid, attempt int, "writeId" uuid, position int, kind text, key text, "leaseMs" int, plan jsonb,
        "answeredId" uuid, "externalId" text, url text, data jsonb)
    ), ours as materialized (
      select deliveries.id
      from deliveries join given on given."deliveryId" = deliveries.id and given.attempt = deliveries.attempt
      where deliveries.state = 'publishing' and lease_owner = ${processId}
        and lease_until > clock_timestamp()
    ), held as materialized (
      select deliveries.id
      from deliveries join given on given."deliveryId" = deliveries.id and given.attempt = deliveries.attempt
      where deliveries.id in (select id from ours) and deliveries.state = 'publishing'
        and lease_owner = ${processId} and lease_until > clock_timestamp()
      for update of deliveries skip locked
    ), fenced as (
      update deliveries
      set fenced = true, updated_at = ${now},
          lease_until = greatest(lease_until, clock_timestamp() + given."leaseMs" * interval '1 ms'),
          checkpoint = case when given.plan is null then checkpoint
                       else jsonb_set(checkpoint, '{plan}', given.plan) end
      from held join given on given."deliveryId" = held.id
      where deliveries.id = held.id
      returning deliveries.id, workspace_id
    ), answered as (
      update writes
      set state = 'accepted', answered_at = ${now}, external_id = given."externalId", url = given.url, data = given.data
      from fenced join given on given."deliveryId" = fenced.id
      where writes.id = given."answeredId"
    ), opened as (
      insert into writes (id, workspace_id, delivery_id, attempt, position, kind, key, state, fenced_at)
      select given."writeId", fenced.workspace_id, fenced.id, given.attempt, given.position, given.kind, given.key,
             'open', ${now}
      from fenced join given on given."deliveryId" = fenced.id
      on conflict (id) do update set state = 'open', attempt = excluded.attempt, answered_at = null, absent_at = null, conclusive_at = null,
        looks = 0
        where writes.state in ('open', 'unknown')
      returning delivery_id
    )
    select given."deliveryId" as delivery_id, opened.delivery_id is not null as is_fenced, ours.id is not null as is_ours
    from given left join ours on ours.id = given."deliveryId"
    left join opened on opened.delivery_id = given."deliveryId"`.execute(db)
  return new Map(
    rows.map((row) => [row.deliveryId, row.isFenced ? 'fenced' : row.isOurs ? 'locked' : 'lost']),
  )
}

/** A finished step of prepare; `until` is when its result goes stale. Instants as ISO text. */
export interface FinishedStep {
  deliveryId: string
  attempt: number
  name: string
  value: Json
  at: string
  until: string | null
}

/** Records finished steps of prepare, conditional like a fence. @returns the deliveries that were still ours. */
export async function checkpointSteps(
  db: Db,
  steps: FinishedStep[],
  processId: string,
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    with given as materialized (
      select "deliveryId", attempt, jsonb_object_agg(name, jsonb_build_object('value', value, 'at', at, 'until', until)) as steps
      from json_to_recordset(${json(steps)}::json) as given (
        "deliveryId" uuid, attempt int, name text, value jsonb, at text, until text)
      group by "deliveryId", attempt
    ), held as materialized (
      select deliveries.id
      from deliveries join given on given."deliveryId" = deliveries.id and given.attempt = deliveries.attempt
      where deliveries.state = 'publishing' and lease_owner = ${processId}
      order by deliveries.id for update of deliveries
    )
    update deliveries
    set checkpoint = jsonb_set(checkpoint, '{steps}', coalesce(checkpoint -> 'steps', '{}') || given.steps)
    from held join given on given."deliveryId" = held.id
    where deliveries.id = held.id
    returning deliveries.id`.execute(db)
  return new Set(rows.map((row) => row.id))
}

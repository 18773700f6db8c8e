import { sql } from 'kysely'
import type { Db } from './database.ts'
import { engineWake } from './deliveries.ts'
import { refreshPostStatus } from './post-status.ts'
import { uuidV7At } from './uuid-v7.ts'
import { wakeEngine } from './wake.ts'

/**
 * How a delivery that stands still comes back to the engine. The operations that people call (reconnect an account,
 * retry a failed delivery, resolve an uncertain one) use these in their transaction, after locking the post; they
 * record their own events.
 */

/**
 * The account works again (state `active`, `is_active`): what was held for it becomes due now, oldest first. What is
 * older than the workspace's lateness window fails as `too_late` when the engine takes it.
 * Index deliveries_held. @returns how many resumed.
 */
export async function resumeHeld(tx: Db, accountId: string, now: Date): Promise<number> {
  const { rows } = await sql`
    with held as (
      -- A millisecond apart, so that the lane keeps the order of the due times.
      select id, row_number() over (order by due_at, id) as place
      from deliveries where account_id = ${accountId} and state = 'held'
    ), resumed as (
      update deliveries
      set state = 'scheduled', wake_at = ${now}::timestamptz + held.place * interval '1 ms', failure = null,
          updated_at = ${now}
      from held where deliveries.id = held.id and deliveries.state = 'held'
      returning deliveries.id, workspace_id, post_id
    )
    insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, created_at)
    select ${uuidV7At(now)}, workspace_id, post_id, id, 'resumed', 'The account works again.', ${now} from resumed
    returning id`.execute(tx)
  if (rows.length > 0) await wakeEngine(tx, now)
  return rows.length
}

/**
 * A person asks to try a failed delivery again: due now, with a fresh count of tries. Writes that were accepted (the
 * first part of a thread) stay, and the engine goes on after them.
 * @returns false when the delivery is not failed.
 */
export async function retryDelivery(tx: Db, deliveryId: string, now: Date): Promise<boolean> {
  return await backToScheduled(tx, deliveryId, 'failed', 'Tried again at a person’s request.', now)
}

/**
 * A person has looked: the uncertain write did not happen. It is sent again, now, with the same key.
 * @returns false when the delivery is not uncertain.
 */
export async function resolveAsNotPublished(tx: Db, deliveryId: string, now: Date): Promise<boolean> {
  await sql`update writes set state = 'absent', answered_at = ${now}
    from deliveries
    where deliveries.id = ${deliveryId} and deliveries.state = 'uncertain'
      and writes.delivery_id = deliveries.id and writes.state in ('open', 'unknown', 'pending')`.execute(tx)
  return await backToScheduled(tx, deliveryId, 'uncertain', 'A person found that it is not live.', now)
}

/**
 * A person has looked: the uncertain write is live at `url`. Its instant is that of the write. What would have
 * followed in a thread is not sent, since the network's id of the live part is unknown.
 * @returns false when the delivery is not uncertain.
 */
export async function resolveAsPublished(
  tx: Db,
  deliveryId: string,
  url: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await sql<{ postId: string }>`
    with resolved as (
      update deliveries
      set state = 'published', url = ${url}, failure = null, checkpoint = '{}', updated_at = ${now},
          published_at = coalesce((select min(fenced_at) from writes where delivery_id = ${deliveryId}
            and writes.state in ('open', 'unknown', 'pending', 'accepted')), ${now})
      where id = ${deliveryId} and state = 'uncertain'
      returning id, workspace_id, post_id
    ), written as (
      update writes set state = 'accepted', url = ${url}, answered_at = ${now}
      from resolved where writes.delivery_id = resolved.id and writes.state in ('open', 'unknown', 'pending')
    ), logged as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, detail, created_at)
      select ${uuidV7At(now)}, workspace_id, post_id, id, 'resolved', 'A person found that it is live.',
             jsonb_build_object('url', ${url}::text), ${now}
      from resolved
    )
    select post_id from resolved`.execute(tx)
  await refreshPostStatus(
    tx,
    rows.map((row) => row.postId),
    now,
  )
  return rows.length > 0
}

async function backToScheduled(
  tx: Db,
  deliveryId: string,
  from: 'failed' | 'uncertain',
  message: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await sql<{ postId: string }>`
    with resumed as (
      update deliveries
      set state = 'scheduled', due_at = ${now},
          wake_at = ${engineWake(sql.ref('deliveries.account_id'), now)}, tries = 0, failure = null, fenced = false,
          updated_at = ${now}
      where id = ${deliveryId} and state = ${from}::delivery_state
      returning id, workspace_id, post_id
    ), logged as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, created_at)
      select ${uuidV7At(now)}, workspace_id, post_id, id,
             ${from === 'failed' ? 'scheduled' : 'resolved'}, ${message}, ${now} from resumed
    )
    select post_id from resumed`.execute(tx)
  await refreshPostStatus(
    tx,
    rows.map((row) => row.postId),
    now,
  )
  if (rows.length > 0) await wakeEngine(tx, now)
  return rows.length > 0
}

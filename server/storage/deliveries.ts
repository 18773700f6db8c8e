import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { DeliveryState, Failure } from '../domain/delivery.ts'
import type { Override } from '../domain/draft.ts'
import type { Delivery } from '../domain/post.ts'
import type { Db } from './database.ts'
import { type Json, json } from './json.ts'

/**
 * Deliveries from a person's side. Every change here is conditional on what the engine may be doing: it touches rows
 * that wait (`scheduled`, `held`, or claimed without a fence), and takes a claimed row back by raising `attempt`, so
 * that whatever its worker records afterwards misses.
 */

export interface NewDelivery extends Override {
  id: string
  workspaceId: string
  postId: string
  accountId: string
  network: string
  position: number
  state: 'draft' | 'scheduled'
  dueAt: Date | null
}

export async function insertDeliveries(tx: Db, deliveries: NewDelivery[], now: Date): Promise<void> {
  if (deliveries.length === 0) return
  await tx
    .insertInto('deliveries')
    .values(
      deliveries.map(({ options, ...delivery }) => ({
        ...delivery,
        options: options && json(options),
        wakeAt:
          delivery.state === 'scheduled' ? engineWake(sql.val(delivery.accountId), delivery.dueAt) : null,
        createdAt: now,
        updatedAt: now,
      })),
    )
    .execute()
}

/** Of these posts, in the order of their targets. Uses the unique index on (post_id, account_id). */
export async function deliveriesOf(tx: Db, postIds: string[]): Promise<Delivery[]> {
  if (postIds.length === 0) return []
  const rows = await deliveryQuery(tx)
    .where(sql<SqlBool>`deliveries.post_id = any (${postIds}::uuid[])`)
    .orderBy('deliveries.postId')
    .orderBy('deliveries.position')
    .orderBy('deliveries.id')
    .execute()
  return rows.map(parsed)
}

export async function findDelivery(tx: Db, deliveryId: string): Promise<Delivery | null> {
  const row = await deliveryQuery(tx).where('deliveries.id', '=', deliveryId).executeTakeFirst()
  return row ? parsed(row) : null
}

/** Which post a delivery belongs to; null when there is none. */
export async function postOfDelivery(tx: Db, deliveryId: string): Promise<string | null> {
  const row = await tx
    .selectFrom('deliveries')
    .select('postId')
    .where('id', '=', deliveryId)
    .executeTakeFirst()
  return row?.postId ?? null
}

/** In id order, so that two who lock the same ones cannot deadlock. */
export async function lockDeliveriesOf(tx: Db, postIds: string[]): Promise<void> {
  await tx
    .selectFrom('deliveries')
    .select('id')
    .where(sql<SqlBool>`post_id = any (${postIds}::uuid[])`)
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** May be changed by a person: everything but an open write, and what is out already. */
const changeable = sql<SqlBool>`(state in ('draft', 'scheduled', 'held', 'failed', 'cancelled')
  or (state = 'publishing' and not fenced))`

/**
 * When the engine looks at a delivery. Never at one whose account publishes through Buffer: it is scheduled here and
 * sent there (`storage/buffer-posts.ts`), and a row without `wake_at` is in no lane.
 */
export const engineWake = (accountId: Expression<unknown>, at: Date | null | RawBuilder<unknown>) =>
  sql<Date | null>`case when (select buffer_profile_id from accounts where accounts.id = ${accountId}::uuid) is null
    then (${at})::timestamptz end`

/** Takes a row from its worker, if it has one. */
const takenBack = {
  attempt: sql<number>`attempt + 1`,
  leaseOwner: null,
  leaseUntil: null,
  fenced: false,
}

/**
 * Gives deliveries a new time; they go out by themselves from then on. A plan that was begun is kept, so that a
 * thread continues where it stopped.
 * @returns the ids that were changed; one that is missing was fenced in the meantime.
 */
export async function scheduleDeliveries(tx: Db, ids: string[], dueAt: Date, now: Date): Promise<string[]> {
  return change(tx, ids, now, {
    ...takenBack,
    state: 'scheduled',
    dueAt,
    wakeAt: engineWake(sql.ref('deliveries.account_id'), dueAt),
    tries: 0,
    failure: null,
  })
}

/** Takes deliveries out of the engine's sight: back to `draft`, or to `cancelled`. */
export async function withdrawDeliveries(
  tx: Db,
  ids: string[],
  state: 'draft' | 'cancelled',
  now: Date,
): Promise<string[]> {
  return change(tx, ids, now, { ...takenBack, state, dueAt: null, wakeAt: null, tries: 0, failure: null })
}

/** Ends deliveries of which a part is out and the rest is not wanted any more. */
export async function stopDeliveries(tx: Db, ids: string[], failure: Failure, now: Date): Promise<string[]> {
  return change(tx, ids, now, { ...takenBack, state: 'failed', wakeAt: null, failure: json(failure) })
}

/** New content: what was prepared for the old one is void. A claimed one waits again for its time. */
export async function restartPreparation(tx: Db, ids: string[], now: Date): Promise<string[]> {
  return change(tx, ids, now, {
    ...takenBack,
    state: sql<DeliveryState>`case when state = 'publishing' then 'scheduled' else state end`,
    wakeAt: engineWake(
      sql.ref('deliveries.account_id'),
      sql`case when state in ('scheduled', 'publishing') then due_at else wake_at end`,
    ),
    tries: 0,
    checkpoint: '{}',
  })
}

/** Whether something will go out through this account by itself. Index deliveries_account. */
export async function hasWaitingDeliveries(tx: Db, accountId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('accountId', '=', accountId)
    .where('state', 'in', ['scheduled', 'held', 'publishing'])
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** What one account gets instead of the post's own content, and its place in the list. */
export async function setOverride(
  tx: Db,
  deliveryId: string,
  { text, mediaIds, options }: Override,
  position: number,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({ text, mediaIds, options: options && json(options), position, updatedAt: now })
    .where('id', '=', deliveryId)
    .execute()
}

export async function deleteDeliveries(tx: Db, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.deleteFrom('deliveries').where(sql<SqlBool>`id = any (${ids}::uuid[])`).where(changeable).execute()
}

/** What its network needs to take a published delivery down; null when it was never told (a person found it). */
export async function publishedAtNetwork(
  tx: Db,
  deliveryId: string,
): Promise<{ externalId: string; url: string | null; data: Json } | null> {
  const row = await tx
    .selectFrom('deliveries')
    .select(['externalId', 'url', 'publishedData'])
    .where('id', '=', deliveryId)
    .where('state', '=', 'published')
    .executeTakeFirst()
  return row?.externalId
    ? { externalId: row.externalId, url: row.url, data: (row.publishedData ?? null) as Json }
    : null
}

/** Writes down that a published delivery was taken down at its network, or was found gone there. */
export async function markRemoved(tx: Db, deliveryId: string, now: Date): Promise<void> {
  await tx
    .updateTable('deliveries')
    .set({ removedAt: now, metricsAt: null, updatedAt: now })
    .where('id', '=', deliveryId)
    .where('removedAt', 'is', null)
    .execute()
}

type Changes = {
  [column: string]: RawBuilder<unknown> | string | number | boolean | Date | null
}

async function change(tx: Db, ids: string[], now: Date, changes: Changes): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .updateTable('deliveries')
    .set({ ...changes, updatedAt: now })
    .where(sql<SqlBool>`id = any (${ids}::uuid[])`)
    .where(changeable)
    .returning('id')
    .execute()
  const changed = rows.map((row) => row.id)
  await endAttempts(tx, changed, now)
  return changed
}

/** A try that was interrupted by a person has ended, whatever its worker still does. */
async function endAttempts(tx: Db, deliveryIds: string[], now: Date): Promise<void> {
  await tx
    .updateTable('attempts')
    .set({ finishedAt: now, outcome: 'yielded' })
    .where(sql<SqlBool>`delivery_id = any (${deliveryIds}::uuid[])`)
    .where('finishedAt', 'is', null)
    .execute()
}

function deliveryQuery(tx: Db) {
  return tx
    .selectFrom('deliveries')
    .innerJoin('accounts', 'accounts.id', 'deliveries.accountId')
    .select([
      'deliveries.id',
      'deliveries.postId',
      'deliveries.accountId',
      'deliveries.network',
      'deliveries.position',
      'deliveries.state',
      'deliveries.dueAt',
      'deliveries.text',
      'deliveries.mediaIds',
      'deliveries.options',
      'deliveries.attempt',
      'deliveries.fenced',
      'deliveries.failure',
      'deliveries.externalId',
      'deliveries.url',
      'deliveries.publishedAt',
      'deliveries.removedAt',
      sql<boolean>`accounts.state = 'disconnected'`.as('isAccountGone'),
      sql<boolean>`exists (select from writes where writes.delivery_id = deliveries.id
        and writes.state in ('open', 'accepted', 'pending', 'unknown'))`.as('begun'),
    ])
}

/** The columns of JSON hold what we wrote there ourselves. */
function parsed(row: Awaited<ReturnType<ReturnType<typeof deliveryQuery>['execute']>>[number]): Delivery {
  return {
    ...row,
    options: row.options as Record<string, unknown> | null,
    failure: row.failure as unknown as Failure | null,
  }
}

import { sql } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'

export interface IdempotencyKey {
  /** Principal, method and path. */
  scope: string
  /** What the client chose. */
  key: string
}

export interface KeyRow {
  bodyHash: Buffer
  requestId: string
  createdAt: Date
  expiresAt: Date
  /** Null once answered. */
  leaseUntil: Date | null
  /** Null while in flight. */
  status: number | null
  headers: Record<string, string> | null
  body: Buffer | null
}

export interface KeyClaim extends IdempotencyKey {
  bodyHash: Buffer
  requestId: string
  leaseUntil: Date
  expiresAt: Date
}

/** True when nobody had the key. A request that comes at the same time waits here, and then finds the row. */
export async function insertKey(tx: Db, claim: KeyClaim, now: Date): Promise<boolean> {
  const row = await tx
    .insertInto('idempotencyKeys')
    .values({ ...claim, createdAt: now })
    .onConflict((conflict) => conflict.columns(['scope', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst()
  return row !== undefined
}

export async function lockKey(tx: Db, { scope, key }: IdempotencyKey): Promise<KeyRow | null> {
  const row = await tx
    .selectFrom('idempotencyKeys')
    .select(['bodyHash', 'requestId', 'createdAt', 'expiresAt', 'leaseUntil', 'status', 'headers', 'body'])
    .where('scope', '=', scope)
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst()
  return row ? { ...row, headers: row.headers as Record<string, string> | null } : null
}

/** Starts over with a key that was locked: it had expired, or the request that held it came to nothing. */
export async function reclaimKey(tx: Db, claim: KeyClaim, now: Date): Promise<void> {
  const { scope, key, ...rest } = claim
  await tx
    .updateTable('idempotencyKeys')
    .set({ ...rest, createdAt: now, status: null, headers: null, body: null })
    .where('scope', '=', scope)
    .where('key', '=', key)
    .execute()
}

export async function renewKeys(tx: Db, keys: IdempotencyKey[], leaseUntil: Date): Promise<void> {
  for (const { scope, key } of keys)
    await tx
      .updateTable('idempotencyKeys')
      .set({ leaseUntil })
      .where('scope', '=', scope)
      .where('key', '=', key)
      .where('status', 'is', null)
      .execute()
}

export async function answerKey(
  tx: Db,
  { scope, key }: IdempotencyKey,
  answer: { status: number; headers: Record<string, string>; body: Buffer },
): Promise<void> {
  await tx
    .updateTable('idempotencyKeys')
    .set({ ...answer, headers: json(answer.headers), leaseUntil: null })
    .where('scope', '=', scope)
    .where('key', '=', key)
    .execute()
}

/** Lets the next request with the key look at once whether this one was carried out. */
export async function abandonKey(tx: Db, { scope, key }: IdempotencyKey, now: Date): Promise<void> {
  await tx
    .updateTable('idempotencyKeys')
    .set({ leaseUntil: now })
    .where('scope', '=', scope)
    .where('key', '=', key)
    .where('status', 'is', null)
    .execute()
}

export async function deleteKey(tx: Db, { scope, key }: IdempotencyKey): Promise<void> {
  await tx.deleteFrom('idempotencyKeys').where('scope', '=', scope).where('key', '=', key).execute()
}

/** A bounded sweep; uses idempotency_keys_expired. */
export async function deleteExpiredKeys(tx: Db, now: Date, limit: number): Promise<void> {
  await sql`
    delete from idempotency_keys where ctid = any (array(
      select ctid from idempotency_keys where expires_at <= ${now} limit ${limit} for update skip locked
    ))`.execute(tx)
}

/**
 * What a request changed, by the events it left. Ids are UUIDv7, so the primary key narrows the search to the time
 * in which the request can have run.
 */
export async function eventsOfRequest(
  tx: Db,
  requestId: string,
  from: Date,
  to: Date,
): Promise<{ resourceType: string; resourceId: string }[]> {
  return await tx
    .selectFrom('events')
    .select(['resourceType', 'resourceId'])
    .where('id', '>=', firstIdAt(from))
    .where('id', '<=', firstIdAt(to))
    .where('requestId', '=', requestId)
    .orderBy('id')
    .limit(100)
    .execute()
}

/** The smallest UUIDv7 of a millisecond. */
function firstIdAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

import { type Selectable, sql } from 'kysely'
import type { Db } from './database.ts'
import type { ApiKeys } from './schema.ts'

export type ApiKey = Omit<Selectable<ApiKeys>, 'keyHash' | 'previousHash'>
export type ApiKeyWithUsage = ApiKey & { requestsToday: number; requestsThisMonth: number }

const shown = [
  'id',
  'name',
  'prefix',
  'tier',
  'workspaceIds',
  'permissions',
  'isActive',
  'previousUntil',
  'lastUsedAt',
  'createdBy',
  'createdAt',
  'updatedAt',
] as const

export async function insertApiKey(
  tx: Db,
  key: Pick<ApiKey, 'id' | 'name' | 'prefix' | 'tier' | 'workspaceIds' | 'permissions' | 'createdBy'> & {
    keyHash: Buffer
  },
  now: Date,
): Promise<ApiKey> {
  return await tx
    .insertInto('apiKeys')
    .values({ ...key, createdAt: now, updatedAt: now })
    .returning(shown)
    .executeTakeFirstOrThrow()
}

export async function findApiKey(tx: Db, id: string): Promise<ApiKey | undefined> {
  return await tx.selectFrom('apiKeys').select(shown).where('id', '=', id).executeTakeFirst()
}

/**
 * The active key with this hash, or whose previous one this is while its grace lasts; counts the request in the same
 * statement. Uses the unique indexes on key_hash and previous_hash.
 */
export async function useApiKey(tx: Db, hash: Buffer, now: Date): Promise<ApiKey | undefined> {
  const { rows } = await sql<ApiKey>`
    with found as (
      update api_keys set last_used_at = ${now}
      where is_active and (key_hash = ${hash} or (previous_hash = ${hash} and previous_until > ${now}))
      returning id, name, prefix, tier, workspace_ids, permissions, is_active, previous_until, last_used_at,
                created_by, created_at, updated_at
    ), counted as (
      insert into api_key_usage (api_key_id, day, requests)
      select id, ${now}::timestamptz at time zone 'UTC', 1 from found
      on conflict (api_key_id, day) do update set requests = api_key_usage.requests + 1
    )
    select * from found`.execute(tx)
  return rows[0]
}

/** Every key with what it was used for today and this month (UTC days), newest first. */
export async function listApiKeys(tx: Db, now: Date): Promise<ApiKeyWithUsage[]> {
  const { rows } = await sql<ApiKeyWithUsage>`
    select api_keys.id, name, prefix, tier, workspace_ids, permissions, is_active, previous_until, last_used_at,
           created_by, created_at, updated_at,
           coalesce(sum(requests) filter (where day = (${now}::timestamptz at time zone 'UTC')::date), 0) as requests_today,
           coalesce(sum(requests), 0) as requests_this_month
    from api_keys left join api_key_usage
      on api_key_id = api_keys.id and day >= date_trunc('month', ${now}::timestamptz at time zone 'UTC')::date
    group by api_keys.id order by api_keys.id desc`.execute(tx)
  return rows
}

export async function updateApiKey(
  tx: Db,
  id: string,
  change: Partial<Pick<ApiKey, 'isActive' | 'name' | 'workspaceIds' | 'prefix' | 'previousUntil'>> & {
    keyHash?: Buffer
    previousHash?: Buffer | null
  },
  now: Date,
): Promise<ApiKey> {
  return await tx
    .updateTable('apiKeys')
    .set({ ...change, updatedAt: now })
    .where('id', '=', id)
    .returning(shown)
    .executeTakeFirstOrThrow()
}

/** Locks the key's row for a rotation and gives its present hash. */
export async function lockKeyHash(tx: Db, id: string): Promise<Buffer | undefined> {
  const row = await tx
    .selectFrom('apiKeys')
    .select('keyHash')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row?.keyHash
}

/** A workspace made by a key joins its list (answers 1.14); a key for all workspaces has no list. */
export async function addWorkspaceToKey(tx: Db, apiKeyId: string, workspaceId: string): Promise<void> {
  await sql`
    update api_keys set workspace_ids = workspace_ids || ${workspaceId}::uuid
    where id = ${apiKeyId} and workspace_ids is not null`.execute(tx)
}

/** Requests by all keys since the start of today and of this month, and how many keys are active. */
export async function apiUsage(tx: Db, now: Date) {
  const { rows } = await sql<{ requestsToday: number; requestsThisMonth: number; activeKeys: number }>`
    select coalesce(sum(requests) filter (where day = (${now}::timestamptz at time zone 'UTC')::date), 0) as requests_today,
           coalesce(sum(requests), 0) as requests_this_month,
           (select count(*) from api_keys where is_active) as active_keys
    from api_key_usage
    where day >= date_trunc('month', ${now}::timestamptz at time zone 'UTC')::date`.execute(tx)
  return rows[0] as { requestsToday: number; requestsThisMonth: number; activeKeys: number }
}

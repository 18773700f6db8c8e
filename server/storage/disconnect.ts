import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'
import { refreshPostStatus } from './post-status.ts'
import { uuidV7At } from './uuid-v7.ts'

/** What disconnecting took along. */
export interface DisconnectedAccounts {
  /** Posts that lost a delivery which would have gone out: what dialect C counts (C26). */
  cancelledPosts: number
  /** Accounts with a write under way, or one whose answer is still looked for: their credentials are needed until it settles. */
  stillWriting: string[]
}

/**
 * Disconnects accounts by the one rule of all dialects (answers 1.5): what would have gone out through them is
 * cancelled, drafts lose them as targets, queues and recurrences forget them, and a write under way settles by itself.
 * What was published, its numbers and its story stay, and so does the row, so that connecting the same outside account
 * again revives it. The credentials stay until `wipeSecret`, since revoking them needs them.
 *
 * Everybody who disconnects calls this, in the transaction of their change and before deleting anything: the accounts'
 * own operation, deleting a brand. It may be called again for accounts that are disconnected already.
 * Rows are locked in the order that everybody keeps: accounts, posts, deliveries. No delivery can be added meanwhile,
 * since that needs its account.
 */
export async function disconnectAccounts(
  tx: Db,
  accountIds: string[],
  now: Date,
): Promise<DisconnectedAccounts> {
  if (accountIds.length === 0) return { cancelledPosts: 0, stillWriting: [] }
  await sql`select id from accounts where id = any (${accountIds}::uuid[]) order by id for update`.execute(tx)
  // Index deliveries_account.
  const waiting = sql<SqlBool>`account_id = any (${accountIds}::uuid[])
    and state in ('draft', 'scheduled', 'held', 'publishing')`
  await sql`
    select id from posts where id in (select post_id from deliveries where ${waiting})
    order by id for no key update`.execute(tx)
  await sql`select id from deliveries where ${waiting} order by id for update`.execute(tx)
  const dropped = await dropFromDrafts(tx, accountIds)
  const cancelled = await cancelWaiting(tx, accountIds, now)
  await refreshPostStatus(tx, [...new Set([...dropped, ...cancelled])], now)
  await dropFromQueues(tx, accountIds)
  await dropFromRecurrences(tx, accountIds, now)
  await sql`
    update accounts
    set state = 'disconnected', state_reason = null, disconnected_at = coalesce(disconnected_at, ${now}),
        choices = null, is_default = false, is_primary = false, updated_at = ${now}
    where id = any (${accountIds}::uuid[]) and state <> 'disconnected'`.execute(tx)
  return { cancelledPosts: new Set(cancelled).size, stillWriting: await writingAccounts(tx, accountIds) }
}

async function dropFromDrafts(tx: Db, accountIds: string[]): Promise<string[]> {
  const { rows } = await sql<{ postId: string }>`
    delete from deliveries where account_id = any (${accountIds}::uuid[]) and state = 'draft'
    returning post_id`.execute(tx)
  return rows.map((row) => row.postId)
}

/** Raising `attempt` makes every record of a worker that had claimed one miss; one with an open fence is left alone. */
async function cancelWaiting(tx: Db, accountIds: string[], now: Date): Promise<string[]> {
  const { rows } = await sql<{ postId: string }>`
    with cancelled as (
      update deliveries
      set state = 'cancelled', wake_at = null, attempt = attempt + 1, lease_owner = null, lease_until = null,
          failure = null, updated_at = ${now}
      where account_id = any (${accountIds}::uuid[])
        and (state in ('scheduled', 'held') or (state = 'publishing' and not fenced))
      returning id, workspace_id, post_id, account_id
    ), told as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, created_at)
      select ${uuidV7At(now)}, cancelled.workspace_id, post_id, cancelled.id, 'cancelled',
             'Not published: the account ' || accounts.name || ' was disconnected.', ${now}
      from cancelled join accounts on accounts.id = cancelled.account_id
    )
    select post_id from cancelled`.execute(tx)
  return rows.map((row) => row.postId)
}

/** A slot for this account alone goes: left without targets it would stand for every account. */
async function dropFromQueues(tx: Db, accountIds: string[]): Promise<void> {
  await sql`
    with slots as (
      select queue_slots.id, array(select target from unnest(targets) as target
                                   where target <> all (${accountIds}::text[])) as kept
      from queue_slots
      where workspace_id in (select workspace_id from accounts where id = any (${accountIds}::uuid[]))
        and targets && ${accountIds}::text[]
    ), emptied as (
      delete from queue_slots using slots where queue_slots.id = slots.id and cardinality(kept) = 0
    )
    update queue_slots set targets = kept from slots
    where queue_slots.id = slots.id and cardinality(kept) > 0`.execute(tx)
}

async function dropFromRecurrences(tx: Db, accountIds: string[], now: Date): Promise<void> {
  await sql`
    with left_over as (
      select id, array(select target from unnest(target_account_ids) as target
                       where target <> all (${accountIds}::uuid[])) as kept
      from recurrences
      where workspace_id in (select workspace_id from accounts where id = any (${accountIds}::uuid[]))
        and target_account_ids && ${accountIds}::uuid[]
    )
    update recurrences
    set target_account_ids = kept, updated_at = ${now},
        status = case when cardinality(kept) = 0 and status = 'active' then 'paused' else status end,
        pause_reason = case when cardinality(kept) = 0 and status = 'active'
                            then 'Its last account was disconnected.' else pause_reason end
    from left_over where recurrences.id = left_over.id`.execute(tx)
}

/** Index deliveries_one_publishing. */
async function writingAccounts(tx: Db, accountIds: string[]): Promise<string[]> {
  const rows = await tx
    .selectFrom('deliveries')
    .select('accountId')
    .distinct()
    .where(sql<boolean>`account_id = any (${accountIds}::uuid[])`)
    .where('state', '=', 'publishing')
    .execute()
  return rows.map((row) => row.accountId)
}

/** The sealed credential of a disconnected account, for revoking it. */
export async function leftoverSecret(tx: Db, accountId: string): Promise<Buffer | null> {
  const row = await tx
    .selectFrom('accounts')
    .select('secret')
    .where('id', '=', accountId)
    .where('state', '=', 'disconnected')
    .executeTakeFirst()
  return row?.secret ?? null
}

/** Forgets the credential, unless the account was connected again meanwhile. */
export async function wipeSecret(tx: Db, accountId: string, now: Date): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({
      secret: null,
      tokenExpiresAt: null,
      secretVersion: sql`secret_version + 1`,
      refreshingUntil: null,
      updatedAt: now,
    })
    .where('id', '=', accountId)
    .where('state', '=', 'disconnected')
    .where('secret', 'is not', null)
    .execute()
}

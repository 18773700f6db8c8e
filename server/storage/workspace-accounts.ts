import { sql } from 'kysely'
import type { Account } from './accounts.ts'
import type { Db } from './database.ts'
import { json } from './json.ts'

/** What people set for an account: hashtags that posts made through dialect C carry there. */
export interface AccountPreferences {
  autoHashtags?: boolean
  defaultHashtags?: string[]
}

export interface MeasuredAccount extends Account {
  preferences: AccountPreferences
  /** As last collected; null where the network does not say or nothing was collected yet. */
  followers: number | null
  following: number | null
  postsTotal: number | null
  measuredAt: Date | null
  /** Published to it by this server since the first of the month, in the workspace's zone. */
  postsThisMonth: number
}

/** The connected accounts of a workspace, across its brands, oldest first. Index accounts_workspace. */
export async function listWorkspaceAccounts(
  tx: Db,
  workspaceId: string,
  filter: { network?: string; state?: string; id?: string },
  now: Date,
): Promise<MeasuredAccount[]> {
  const { rows } = await sql<MeasuredAccount>`
    select accounts.id, number, accounts.workspace_id, brand_id, network, external_id, kind, accounts.name, handle,
           profile_image_url, profile_url, state, state_reason, accounts.settings, metadata, limits, secret_version,
           token_expires_at, scopes, is_default, is_primary, is_active, buffer_profile_id, connected_by,
           connected_by_external, connected_at, disconnected_at, probed_at, blocked_until, budget_left, budget_resets_at, app_id, preferences,
           accounts.created_at, accounts.updated_at,
           newest.followers, newest.following, newest.posts as posts_total, newest.collected_at as measured_at,
           (select count(*) from deliveries
             where account_id = accounts.id and deliveries.state = 'published'
               and published_at >= date_trunc('month', ${now}::timestamptz, workspaces.timezone)) as posts_this_month
    from accounts join workspaces on workspaces.id = accounts.workspace_id
    left join lateral (
      select followers, following, posts, collected_at from account_metrics
      where account_id = accounts.id order by collected_at desc limit 1
    ) as newest on true
    where accounts.workspace_id = ${workspaceId} and state not in ('disconnected', 'choosing')
      and (${filter.network ?? null}::text is null or network = ${filter.network ?? null})
      and (${filter.state ?? null}::text is null or state::text = ${filter.state ?? null})
      and (${filter.id ?? null}::uuid is null or accounts.id = ${filter.id ?? null}::uuid)
    order by accounts.id`.execute(tx)
  return rows
}

export async function changeAccount(
  tx: Db,
  id: string,
  change: { name?: string; isDefault?: boolean; preferences?: AccountPreferences },
  now: Date,
): Promise<void> {
  const { preferences, ...plain } = change
  await tx
    .updateTable('accounts')
    .set({
      ...plain,
      ...(preferences && { preferences: sql`preferences || ${json(preferences)}::jsonb` }),
      updatedAt: now,
    })
    .where('id', '=', id)
    .execute()
}

/** Makes room for another default of the same network. Uses accounts_one_default. */
export async function clearDefaultAccount(tx: Db, workspaceId: string, network: string): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ isDefault: false })
    .where('workspaceId', '=', workspaceId)
    .where('network', '=', network)
    .where('isDefault', '=', true)
    .execute()
}

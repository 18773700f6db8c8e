import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Json } from './json.ts'
import type { WorkspaceMode } from './schema.ts'

/** An account as the engine's chores act for it. */
export interface WorkAccount {
  id: string
  workspaceId: string
  network: string
  mode: WorkspaceMode
  externalId: string
  name: string
  handle: string | null
  settings: Record<string, Json>
  limits: Json
  secret: Buffer | null
  secretVersion: number
  tokenExpiresAt: Date | null
  /** Sealed; of the app that was registered for this account's server, if one was. */
  appCredentials: Buffer | null
}

const workAccounts = sql`
  select accounts.id, accounts.workspace_id, accounts.network, workspaces.mode, accounts.external_id, accounts.name,
         accounts.handle, accounts.settings, accounts.limits, accounts.secret, accounts.secret_version,
         accounts.token_expires_at, network_apps.credentials as app_credentials
  from accounts
  join workspaces on workspaces.id = accounts.workspace_id
  left join network_apps on network_apps.id = accounts.app_id`

/** Active accounts by id. */
export async function activeAccounts(db: Db, ids: string[]): Promise<WorkAccount[]> {
  const { rows } = await sql<WorkAccount>`${workAccounts}
    where accounts.id = any (${ids}::uuid[]) and accounts.state = 'active'`.execute(db)
  return rows
}

/** Active accounts whose token runs out before this instant, the most urgent first. Index accounts_expiring. */
export async function accountsExpiringBefore(db: Db, before: Date, limit: number): Promise<WorkAccount[]> {
  const { rows } = await sql<WorkAccount>`${workAccounts}
    where accounts.state = 'active' and accounts.token_expires_at < ${before}
    order by accounts.token_expires_at limit ${limit}`.execute(db)
  return rows
}

/**
 * Active accounts of these networks that were not measured since `before`, in the order of their ids.
 * Indexes: the accounts' primary key, account_metrics_account.
 * @param afterId where the last page ended.
 */
export async function accountsUnmeasuredSince(
  db: Db,
  networks: string[],
  before: Date,
  afterId: string | null,
  limit: number,
): Promise<WorkAccount[]> {
  const { rows } = await sql<WorkAccount>`${workAccounts}
    where accounts.state = 'active' and accounts.secret is not null and accounts.network = any (${networks}::text[])
      and accounts.id > ${afterId ?? '00000000-0000-0000-0000-000000000000'}
      and not exists (
        select from account_metrics where account_id = accounts.id and collected_at >= ${before})
    order by accounts.id limit ${limit}`.execute(db)
  return rows
}

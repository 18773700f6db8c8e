import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** The names behind the ids of posts that were read already, for showing them. By primary keys. */
export interface Planning {
  accounts: Map<string, { id: string; name: string; handle: string | null; network: string }>
  campaigns: Map<string, { id: string; name: string; color: string | null }>
  labels: Map<string, { id: string; name: string; color: string | null }>
}

export async function planningOf(
  tx: Db,
  workspaceId: string,
  ids: { accountIds: string[]; campaignIds: string[]; labelIds: string[] },
): Promise<Planning> {
  const [accounts, campaigns, labels] = await Promise.all([
    tx
      .selectFrom('accounts')
      .select(['id', 'name', 'handle', 'network'])
      .where('workspaceId', '=', workspaceId)
      .where(sql<SqlBool>`id = any (${ids.accountIds}::uuid[])`)
      .execute(),
    tx
      .selectFrom('campaigns')
      .select(['id', 'name', 'color'])
      .where('workspaceId', '=', workspaceId)
      .where(sql<SqlBool>`id = any (${ids.campaignIds}::uuid[])`)
      .execute(),
    tx
      .selectFrom('labels')
      .select(['id', 'name', 'color'])
      .where('workspaceId', '=', workspaceId)
      .where(sql<SqlBool>`id = any (${ids.labelIds}::uuid[])`)
      .execute(),
  ])
  const byId = <Row extends { id: string }>(rows: Row[]) => new Map(rows.map((row) => [row.id, row]))
  return { accounts: byId(accounts), campaigns: byId(campaigns), labels: byId(labels) }
}

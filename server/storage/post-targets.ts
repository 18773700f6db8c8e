import { type SqlBool, sql } from 'kysely'
import type { Limits } from '../domain/limits.ts'
import type { Db } from './database.ts'
import type { AccountState } from './schema.ts'

/** An account as a post needs to know it: where it is, whether it can be used, and what it accepts. */
export interface TargetAccount {
  id: string
  workspaceId: string
  brandId: string
  network: string
  name: string
  state: AccountState
  isActive: boolean
  /** Its posts go through Buffer, to this channel; null: through the engine. */
  bufferProfileId: string | null
  /** Its own, where its network tells them; null means the network's. */
  limits: Limits | null
}

/** The accounts with these ids, in any order; other workspaces' and disconnected ones are left out. */
export async function targetAccounts(tx: Db, workspaceId: string, ids: string[]): Promise<TargetAccount[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('accounts')
    .select([
      'id',
      'workspaceId',
      'brandId',
      'network',
      'name',
      'state',
      'isActive',
      'bufferProfileId',
      'limits',
    ])
    .where(sql<SqlBool>`id = any (${ids}::uuid[])`)
    .where('workspaceId', '=', workspaceId)
    .where('state', '<>', 'disconnected')
    .execute()
  return rows.map((row) => ({ ...row, limits: row.limits as unknown as Limits | null }))
}

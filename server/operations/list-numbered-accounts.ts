import type { Actor } from '../domain/actor.ts'
import { type Account, accountsOfWorkspace } from '../storage/accounts.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** The accounts of a workspace as dialect A pages them, newest first; `shown` is its word for their state (answers 1.4). */
export async function listNumberedAccounts(
  ctx: Context,
  actor: Actor,
  input: {
    workspaceId: string
    network?: string
    shown?: 'active' | 'inactive' | 'error'
    offset: number
    limit: number
  },
): Promise<Account[]> {
  const { workspaceId, offset, limit, ...filter } = input
  await requireAccess(ctx.db, actor, workspaceId, null)
  return accountsOfWorkspace(ctx.db, workspaceId, filter, { offset, limit })
}

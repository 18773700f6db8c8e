import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { listWorkspaceAccounts as list, type MeasuredAccount } from '../storage/workspace-accounts.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** The accounts of a workspace in all its brands, with their numbers (C22). Membership is enough. */
export async function listWorkspaceAccounts(
  ctx: Context,
  actor: Actor,
  {
    workspaceId,
    ...filter
  }: { workspaceId: string; network?: string; state?: 'active' | 'expired' | 'error' },
): Promise<MeasuredAccount[]> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  return list(ctx.db, workspaceId, filter, ctx.clock.now())
}

/** One of them (C24). */
export async function readWorkspaceAccount(
  ctx: Context,
  actor: Actor,
  { workspaceId, id }: { workspaceId: string; id: string },
): Promise<MeasuredAccount> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  const [account] = await list(ctx.db, workspaceId, { id }, ctx.clock.now())
  if (!account) throw notFound('Account', id)
  return account
}

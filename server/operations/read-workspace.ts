import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { findWorkspace, type Workspace } from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

export async function readWorkspace(ctx: Context, actor: Actor, workspaceId: string): Promise<Workspace> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  const workspace = await findWorkspace(ctx.db, workspaceId)
  if (!workspace) throw notFound('Workspace', workspaceId)
  return workspace
}

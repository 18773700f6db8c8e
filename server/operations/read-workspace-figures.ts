import type { Actor } from '../domain/actor.ts'
import { type WorkspaceFigures, workspaceFigures } from '../storage/workspace-figures.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** What is in a workspace: its connected accounts, and its posts by number. */
export async function readWorkspaceFigures(
  ctx: Context,
  actor: Actor,
  { workspaceId }: { workspaceId: string },
): Promise<WorkspaceFigures> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  return workspaceFigures(ctx.db, workspaceId)
}

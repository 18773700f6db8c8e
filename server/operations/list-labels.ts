import type { Actor } from '../domain/actor.ts'
import { type Label, listLabels as readLabels } from '../storage/labels.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** More labels than anybody can tell apart; creating one past it is refused. */
export const labelsMax = 500

/** All labels of a workspace, by name. Membership is enough. */
export async function listLabels(
  ctx: Context,
  actor: Actor,
  { workspaceId }: { workspaceId: string },
): Promise<Label[]> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  return await readLabels(ctx.db, workspaceId, labelsMax)
}

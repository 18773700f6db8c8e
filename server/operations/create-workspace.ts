import type { UserActor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import type { Workspace, WorkspaceChange } from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { foundWorkspace } from './found-workspace.ts'
import { requireGoodSettings } from './workspace-rules.ts'

/** Any user may found a workspace and is its Owner. `mode` is fixed from then on; absent, it is the instance's default. */
export async function createWorkspace(
  ctx: Context,
  actor: UserActor,
  input: WorkspaceChange & { name: string; mode?: Workspace['mode'] },
): Promise<Workspace> {
  requireGoodSettings(input)
  return await transaction(ctx.db, async (tx) => {
    const mode = input.mode ?? ctx.settings.firstWorkspaceMode
    const workspace = await foundWorkspace(ctx, tx, { ...input, mode }, actor.userId)
    await recordEvents(tx, actor, ctx.clock.now(), [
      {
        id: ctx.newId(),
        workspaceId: workspace.id,
        type: 'workspace.created',
        resourceType: 'workspace',
        resourceId: workspace.id,
        data: { name: workspace.name, mode },
      },
    ])
    return workspace
  })
}

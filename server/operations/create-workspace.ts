import type { ApiKeyActor, UserActor } from '../domain/actor.ts'
import { forbidden } from '../domain/refusal.ts'
import { addWorkspaceToKey } from '../storage/api-keys.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import type { Workspace, WorkspaceChange } from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { foundWorkspace } from './found-workspace.ts'
import { goodSettings } from './workspace-rules.ts'

/**
 * Any user may found a workspace and is its Owner; one made by an API key has no owner yet and joins the key's list
 * (answers 1.14). `mode` is fixed from then on; absent, it is the instance's default.
 */
export async function createWorkspace(
  ctx: Context,
  actor: UserActor | ApiKeyActor,
  input: WorkspaceChange & { name: string; mode?: Workspace['mode'] },
): Promise<Workspace> {
  const settings = { ...goodSettings(input), name: input.name }
  if (actor.kind === 'api_key' && !actor.permissions.includes('workspace.settings'))
    throw forbidden('This API key was not given workspaces.write')
  return await transaction(ctx.db, async (tx) => {
    const mode = input.mode ?? ctx.settings.firstWorkspaceMode
    const ownerId = actor.kind === 'user' ? actor.userId : null
    const workspace = await foundWorkspace(ctx, tx, { ...settings, mode }, ownerId)
    if (actor.kind === 'api_key') await addWorkspaceToKey(tx, actor.apiKeyId, workspace.id)
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

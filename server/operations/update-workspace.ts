import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import {
  lockWorkspace,
  updateWorkspace as storeChange,
  type Workspace,
  type WorkspaceChange,
} from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import { changesOf } from './changes.ts'
import type { Context } from './context.ts'
import { goodSettings } from './workspace-rules.ts'

/** Changes what is given and leaves the rest. */
export async function updateWorkspace(
  ctx: Context,
  actor: Actor,
  { workspaceId, ...given }: WorkspaceChange & { workspaceId: string },
): Promise<Workspace> {
  return await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'workspace.settings')
    const change = goodSettings(given)
    const before = await lockWorkspace(tx, workspaceId)
    if (!before) throw notFound('Workspace', workspaceId)
    const changes = changesOf(before, change)
    if (!changes) return before
    const now = ctx.clock.now()
    const after = await storeChange(tx, workspaceId, change, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'workspace.updated',
        resourceType: 'workspace',
        resourceId: workspaceId,
        data: { changes },
      },
    ])
    return after
  })
}

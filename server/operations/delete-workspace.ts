import type { Actor } from '../domain/actor.ts'
import { notFound, Refusal } from '../domain/refusal.ts'
import { postsAtBuffer } from '../storage/buffer-posts.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { deleteWorkspaceRow, isPublishing } from '../storage/workspace-figures.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/**
 * Deletes a workspace with its posts, schedules and numbers, for good (C6). Refused while something of it is on its way
 * to a network: that could no longer be recorded.
 */
export async function deleteWorkspace(
  ctx: Context,
  actor: Actor,
  { workspaceId }: { workspaceId: string },
): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'workspace.settings')
    const workspace = await lockWorkspace(tx, workspaceId)
    if (!workspace) throw notFound('Workspace', workspaceId)
    if (await isPublishing(tx, workspaceId))
      throw new Refusal(
        'conflict',
        `A post of "${workspace.name}" is being published right now. Try again in a moment.`,
        { rule: 'publishing' },
      )
    if ((await postsAtBuffer(tx, { workspaceId })).length > 0)
      throw new Refusal(
        'conflict',
        `Posts of "${workspace.name}" are scheduled at Buffer, which would publish them all the same. Cancel them first.`,
        { rule: 'at_buffer' },
      )
    await deleteWorkspaceRow(tx, workspaceId)
    await recordEvents(tx, actor, ctx.clock.now(), [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'workspace.deleted',
        resourceType: 'workspace',
        resourceId: workspaceId,
        data: { name: workspace.name },
      },
    ])
  })
}

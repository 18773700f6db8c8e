import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { findLabel, deleteLabel as remove } from '../storage/labels.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** Takes the label off every post. Needs `labels.manage`. */
export async function deleteLabel(
  ctx: Context,
  actor: Actor,
  { workspaceId, id }: { workspaceId: string; id: string },
): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'labels.manage')
    const label = await findLabel(tx, workspaceId, id)
    if (!label) throw notFound('Label', id)
    await remove(tx, id)
    await recordEvents(tx, actor, ctx.clock.now(), [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'label.deleted',
        resourceType: 'label',
        resourceId: id,
        data: { name: label.name },
      },
    ])
  })
}

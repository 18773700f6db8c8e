import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { findLabel, type Label, updateLabel as storeChange } from '../storage/labels.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import { changesOf } from './changes.ts'
import type { Context } from './context.ts'
import { requireFreeLabelName, requireGoodColor } from './label-rules.ts'

/** Needs `labels.manage`. */
export async function updateLabel(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; id: string; name?: string; color?: string | null },
): Promise<Label> {
  const { workspaceId, id, name, color } = input
  return await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'labels.manage')
    await lockWorkspace(tx, workspaceId)
    const before = await findLabel(tx, workspaceId, id)
    if (!before) throw notFound('Label', id)
    requireGoodColor(color)
    if (name !== undefined) await requireFreeLabelName(tx, workspaceId, name, id)
    const changes = changesOf(before, { name, color })
    if (!changes) return before
    const now = ctx.clock.now()
    const after = await storeChange(tx, id, { name, color }, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'label.updated',
        resourceType: 'label',
        resourceId: id,
        data: { changes },
      },
    ])
    return after
  })
}

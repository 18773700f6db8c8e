import type { Actor } from '../domain/actor.ts'
import { invalidAt } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { insertLabel, type Label, listLabels } from '../storage/labels.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { duplicateLabel, requireGoodColor } from './label-rules.ts'
import { labelsMax } from './list-labels.ts'

/** Needs `labels.manage`. A name that is taken is a conflict. */
export async function createLabel(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; name: string; color?: string | null },
): Promise<Label> {
  const { workspaceId, name, color = null } = input
  return await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'labels.manage')
    requireGoodColor(color)
    if ((await listLabels(tx, workspaceId, labelsMax)).length === labelsMax)
      throw invalidAt('name', `A workspace can have ${labelsMax} labels.`, 'labels_max')
    const now = ctx.clock.now()
    const label = { id: ctx.newId(), workspaceId, name, color }
    if (!(await insertLabel(tx, label, now))) throw duplicateLabel(name)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'label.created',
        resourceType: 'label',
        resourceId: label.id,
        data: { name },
      },
    ])
    return label
  })
}

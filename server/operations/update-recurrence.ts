import type { Actor } from '../domain/actor.ts'
import { nextOccurrence } from '../domain/cron.ts'
import { recordEvents } from '../storage/events.ts'
import {
  type Recurrence,
  type RecurrenceFields,
  updateRecurrence as updateRow,
} from '../storage/recurrences.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import { changesOf } from './changes.ts'
import type { Context } from './context.ts'
import { planOccurrence } from './make-occurrences.ts'
import { recurrenceEvent, requireGoodRecurrence, requireRecurrence } from './recurrence-access.ts'

/** Changes a recurrence; posts it has made already stay as they are. Needs `recurrences.manage`. */
export async function updateRecurrence(
  ctx: Context,
  actor: Actor,
  input: Partial<RecurrenceFields> & { id: string; anyBrand?: boolean; mayLack?: boolean },
): Promise<Recurrence> {
  const { id, anyBrand, mayLack, ...given } = input
  return transaction(ctx.db, async (tx) => {
    const before = await requireRecurrence(tx, actor, id, 'recurrences.manage')
    const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    const fields: RecurrenceFields = {
      name: before.name,
      cron: before.cron,
      timezone: before.timezone,
      template: before.template,
      targetAccountIds: before.targetAccountIds,
      autoSchedule: before.autoSchedule,
      endsAt: before.endsAt,
      runsLeft: before.runsLeft,
      ...said,
    }
    if (fields.autoSchedule) await requireAccess(tx, actor, before.workspaceId, 'posts.schedule')
    const { workspaceId, brandId } = before
    // An ended one may have no runs left; it is not run by being renamed.
    const isEnded = before.status === 'ended' && given.runsLeft === undefined
    await requireGoodRecurrence(
      ctx,
      tx,
      { workspaceId, brandId, anyBrand: anyBrand ?? true },
      {
        ...fields,
        runsLeft: isEnded ? null : fields.runsLeft,
      },
      { mayLack },
    )
    const now = ctx.clock.now()
    const revived = before.status === 'ended' && (given.runsLeft !== undefined || given.endsAt !== undefined)
    const after = await updateRow(
      tx,
      id,
      {
        ...fields,
        ...(revived && { status: 'active' }),
        nextRunAt:
          before.status === 'ended' && !revived ? null : nextOccurrence(fields.cron, fields.timezone, now),
      },
      now,
    )
    await recordEvents(tx, actor, now, [
      recurrenceEvent(ctx, after, 'recurrence.updated', { changes: changesOf<object>(before, said) ?? {} }),
    ])
    await planOccurrence(tx, after)
    return after
  })
}

import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { deleteRecurrence as deleteRow } from '../storage/recurrences.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { recurrenceEvent, requireRecurrence } from './recurrence-access.ts'

/** Deletes a recurrence; the posts it made stay. Needs `recurrences.manage`. */
export async function deleteRecurrence(ctx: Context, actor: Actor, { id }: { id: string }): Promise<void> {
  return transaction(ctx.db, async (tx) => {
    const before = await requireRecurrence(tx, actor, id, 'recurrences.manage')
    await deleteRow(tx, id)
    await recordEvents(tx, actor, ctx.clock.now(), [recurrenceEvent(ctx, before, 'recurrence.deleted')])
  })
}

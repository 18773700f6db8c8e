import type { Actor } from '../domain/actor.ts'
import { nextOccurrence } from '../domain/cron.ts'
import { invalidAt, wrongState } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { occurrenceExists, type Recurrence, updateRecurrence } from '../storage/recurrences.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { recurrenceEvent, requireRecurrence } from './recurrence-access.ts'

/** More skipped ones than this, and it should be paused. */
const skippedMax = 100

/** Leaves one coming occurrence out. Needs `recurrences.manage`. */
export async function skipOccurrence(
  ctx: Context,
  actor: Actor,
  { id, at }: { id: string; at: Date },
): Promise<Recurrence> {
  return transaction(ctx.db, async (tx) => {
    const before = await requireRecurrence(tx, actor, id, 'recurrences.manage')
    const now = ctx.clock.now()
    const isOne =
      at > now &&
      nextOccurrence(before.cron, before.timezone, new Date(at.getTime() - 1))?.getTime() === at.getTime()
    if (!isOne) throw invalidAt('at', `${at.toISOString()} is not a coming occurrence.`, 'not_an_occurrence')
    if (await occurrenceExists(tx, id, at))
      throw wrongState(
        'The post of this occurrence has been made already. Cancel or delete that post.',
        'already_made',
      )
    const skipped = [...before.skipped.filter((one) => one > now && one.getTime() !== at.getTime()), at]
    if (skipped.length > skippedMax)
      throw invalidAt(
        'at',
        `At most ${skippedMax} occurrences can be left out. Pause it instead.`,
        'too_many',
      )
    const after = await updateRecurrence(tx, id, { skipped }, now)
    await recordEvents(tx, actor, now, [
      recurrenceEvent(ctx, after, 'recurrence.occurrence_skipped', { at: at.toISOString() }),
    ])
    return after
  })
}

import type { Actor } from '../domain/actor.ts'
import { nextOccurrence } from '../domain/cron.ts'
import { wrongState } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { type Recurrence, updateRecurrence } from '../storage/recurrences.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { planOccurrence } from './make-occurrences.ts'
import { recurrenceEvent, requireRecurrence } from './recurrence-access.ts'

/** Stops making posts; those that were made stay. Pausing twice is fine. Needs `recurrences.manage`. */
export async function pauseRecurrence(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<Recurrence> {
  return transaction(ctx.db, async (tx) => {
    const before = await requireRecurrence(tx, actor, id, 'recurrences.manage')
    if (before.status === 'ended') throw ended()
    if (before.status === 'paused') return before
    const now = ctx.clock.now()
    const after = await updateRecurrence(tx, id, { status: 'paused', pauseReason: null }, now)
    await recordEvents(tx, actor, now, [recurrenceEvent(ctx, after, 'recurrence.paused')])
    return after
  })
}

/** Goes on with the next occurrence from now; what was missed is not made up for. Needs `recurrences.manage`. */
export async function resumeRecurrence(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<Recurrence> {
  return transaction(ctx.db, async (tx) => {
    const before = await requireRecurrence(tx, actor, id, 'recurrences.manage')
    if (before.status === 'ended') throw ended()
    if (before.status === 'active') return before
    const now = ctx.clock.now()
    const nextRunAt = nextOccurrence(before.cron, before.timezone, now)
    const after = await updateRecurrence(tx, id, { status: 'active', pauseReason: null, nextRunAt }, now)
    await recordEvents(tx, actor, now, [recurrenceEvent(ctx, after, 'recurrence.resumed')])
    await planOccurrence(tx, after)
    return after
  })
}

const ended = () =>
  wrongState('This recurrence has ended. Give it another end or count first.', 'recurrence_ended')

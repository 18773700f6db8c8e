import type { Actor } from '../domain/actor.ts'
import { nextOccurrence } from '../domain/cron.ts'
import { recordEvents } from '../storage/events.ts'
import { insertRecurrence, type Recurrence, type RecurrenceFields } from '../storage/recurrences.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import { userIdOf } from './connect-account.ts'
import type { Context } from './context.ts'
import { planOccurrence } from './make-occurrences.ts'
import { requireBrandRules } from './post-access.ts'
import { recurrenceEvent, requireGoodRecurrence } from './recurrence-access.ts'

/**
 * Makes a recurrence: each time its pattern comes, a post is written a day ahead, scheduled or as a draft. Needs
 * `recurrences.manage`, and `posts.schedule` where its posts go out by themselves.
 */
export async function createRecurrence(
  ctx: Context,
  actor: Actor,
  input: RecurrenceFields & { brandId: string; anyBrand?: boolean; mayLack?: boolean },
): Promise<Recurrence> {
  const { brandId, anyBrand, mayLack, ...fields } = input
  return transaction(ctx.db, async (tx) => {
    const { workspaceId } = await requireBrandRules(tx, actor, brandId, 'recurrences.manage')
    if (fields.autoSchedule) await requireAccess(tx, actor, workspaceId, 'posts.schedule')
    await requireGoodRecurrence(ctx, tx, { workspaceId, brandId, anyBrand }, fields, { mayLack })
    const now = ctx.clock.now()
    const recurrence = await insertRecurrence(
      tx,
      {
        ...fields,
        id: ctx.newId(),
        workspaceId,
        brandId,
        createdBy: userIdOf(actor),
        nextRunAt: nextOccurrence(fields.cron, fields.timezone, now),
      },
      now,
    )
    await recordEvents(tx, actor, now, [
      recurrenceEvent(ctx, recurrence, 'recurrence.created', {
        cron: fields.cron,
        timezone: fields.timezone,
      }),
    ])
    await planOccurrence(tx, recurrence)
    return recurrence
  })
}

import { theEngine } from '../domain/actor.ts'
import { isIncomplete } from '../domain/compose-draft.ts'
import { nextOccurrence } from '../domain/cron.ts'
import { Refusal } from '../domain/refusal.ts'
import { addChores } from '../storage/chores.ts'
import type { Tx } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { rulesOfBrand } from '../storage/post-home.ts'
import {
  lockRecurrence,
  occurrenceExists,
  type Recurrence,
  recurrencesDue,
  updateRecurrence,
} from '../storage/recurrences.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { addPost, type GivenFields } from './create-post.ts'
import { hasPlanRoom } from './plan-limit.ts'
import { recurrenceEvent } from './recurrence-access.ts'

/** Each occurrence becomes a post this long before it is due: time to look at it, to edit it, to have it approved. */
const aheadMs = 24 * 3_600_000

/** Posts made in one transaction; a pattern of every five minutes has 288 in a day, and the rest comes right after. */
const atOnceMax = 50

export const makeOccurrencesTask = 'make_occurrences'
export const wakeRecurrencesTask = 'wake_recurrences'

/** Asks for the next occurrence to be made in time; in the transaction of the change that moved it. */
export async function planOccurrence(tx: Tx, { id, status, nextRunAt }: Recurrence): Promise<void> {
  if (status !== 'active' || !nextRunAt) return
  await addChores(tx, [
    {
      task: makeOccurrencesTask,
      payload: { recurrenceId: id },
      key: `${makeOccurrencesTask}:${id}`,
      runAt: new Date(nextRunAt.getTime() - aheadMs),
    },
  ])
}

/**
 * The chore behind a recurrence: makes the posts of the coming day, and plans itself for the next. Occurrences that
 * went by while the server was away, or while it was paused, are skipped and never made up for. One that lacks something
 * (a picture, for a network that wants one) becomes a draft, for somebody to complete. What cannot be written any more (a
 * text too long since an account changed, a file that is gone) pauses it, with the reason.
 */
export async function makeOccurrences(ctx: Context, recurrenceId: string): Promise<void> {
  try {
    await transaction(ctx.db, async (tx) => {
      const recurrence = await lockRecurrence(tx, recurrenceId)
      if (recurrence?.status !== 'active') return
      await planOccurrence(tx, await makeDue(ctx, tx, recurrence))
    })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await pauseFor(ctx, recurrenceId, error.message)
  }
}

/** The daily look at all of them, should a chore have been lost. */
export async function wakeRecurrences(ctx: Context): Promise<void> {
  const ids = await recurrencesDue(ctx.db, new Date(ctx.clock.now().getTime() + aheadMs), 1000)
  for (const id of ids) await makeOccurrences(ctx, id)
}

async function makeDue(ctx: Context, tx: Tx, recurrence: Recurrence): Promise<Recurrence> {
  const now = ctx.clock.now()
  const { cron, timezone, skipped, endsAt } = recurrence
  let { nextRunAt, runsLeft, lastRunAt } = recurrence
  if (nextRunAt && nextRunAt <= now) nextRunAt = nextOccurrence(cron, timezone, now)
  for (let made = 0; made < atOnceMax; made++) {
    if (!nextRunAt || nextRunAt.getTime() > now.getTime() + aheadMs) break
    if ((endsAt && nextRunAt > endsAt) || runsLeft === 0) break
    const isSkipped = skipped.some((at) => at.getTime() === nextRunAt?.getTime())
    if (!isSkipped && !(await occurrenceExists(tx, recurrence.id, nextRunAt))) {
      if (await hasPlanRoom(ctx, tx, recurrence.workspaceId)) {
        await makePost(ctx, tx, recurrence, nextRunAt)
        lastRunAt = nextRunAt
        if (runsLeft !== null) runsLeft--
      } else await tellOfNoRoom(ctx, tx, recurrence, nextRunAt)
    }
    nextRunAt = nextOccurrence(cron, timezone, nextRunAt)
  }
  const hasEnded = !nextRunAt || runsLeft === 0 || (endsAt !== null && nextRunAt > endsAt)
  return updateRecurrence(
    tx,
    recurrence.id,
    {
      nextRunAt: hasEnded ? null : nextRunAt,
      lastRunAt,
      runsLeft,
      status: hasEnded ? 'ended' : 'active',
      skipped: skipped.filter((at) => at > now),
    },
    now,
  )
}

async function makePost(ctx: Context, tx: Tx, recurrence: Recurrence, dueAt: Date): Promise<void> {
  const { brandId, targetAccountIds, template, timezone } = recurrence
  const rules = await rulesOfBrand(tx, brandId)
  if (!rules) throw new Error(`Brand ${brandId} is gone while a recurrence still belongs to it`)
  const fields = template as GivenFields
  const overrides = Object.entries(fields.overrides ?? {}).filter(([id]) => targetAccountIds.includes(id))
  const post = {
    ...fields,
    brandId,
    anyBrand: true,
    targetAccountIds,
    overrides: Object.fromEntries(overrides),
    timezone,
    dueAt,
    bufferLater: true,
    recurrenceId: recurrence.id,
    occurrenceAt: dueAt,
    createdBy: recurrence.createdBy,
  }
  try {
    await addPost(ctx, tx, theEngine, rules, { ...post, schedule: recurrence.autoSchedule })
  } catch (error) {
    // A refusal comes before anything is written, so the transaction can go on.
    if (!(error instanceof Refusal) || error.issues.length === 0 || !error.issues.every(isIncomplete))
      throw error
    await addPost(ctx, tx, theEngine, rules, post)
  }
}

/** What the plan has no room for is left out, like what was missed; the next one may find room again. */
async function tellOfNoRoom(ctx: Context, tx: Tx, recurrence: Recurrence, at: Date): Promise<void> {
  const reason = 'The plan has no room for another post.'
  await recordEvents(tx, theEngine, ctx.clock.now(), [
    recurrenceEvent(ctx, recurrence, 'recurrence.occurrence_skipped', { at: at.toISOString(), reason }),
  ])
}

async function pauseFor(ctx: Context, recurrenceId: string, reason: string): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    const recurrence = await lockRecurrence(tx, recurrenceId)
    if (recurrence?.status !== 'active') return
    const now = ctx.clock.now()
    await updateRecurrence(tx, recurrenceId, { status: 'paused', pauseReason: reason }, now)
    await recordEvents(tx, theEngine, now, [
      recurrenceEvent(ctx, recurrence, 'recurrence.paused', { reason }),
    ])
  })
}

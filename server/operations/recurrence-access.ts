import type { Actor } from '../domain/actor.ts'
import { isCron, nextOccurrences } from '../domain/cron.ts'
import type { Permission } from '../domain/permission.ts'
import { type Issue, invalid, notFound } from '../domain/refusal.ts'
import { isTimezone } from '../domain/timezone.ts'
import type { Tx } from '../storage/database.ts'
import {
  findRecurrence,
  lockRecurrence,
  type Recurrence,
  type RecurrenceFields,
} from '../storage/recurrences.ts'
import { permissionsIn, requireAccess } from './access.ts'
import { composePost, requirePlanning, requireSound } from './compose-post.ts'
import type { Context } from './context.ts'
import { filled, type GivenFields } from './create-post.ts'

/** The recurrence, for an actor who may; one of another workspace does not exist. Locked when it is to be changed. */
export async function requireRecurrence(
  tx: Tx | Context['db'],
  actor: Actor,
  id: string,
  permission: Permission | null,
): Promise<Recurrence> {
  const found = await findRecurrence(tx, id)
  if (!found || !(await permissionsIn(tx, actor, found.workspaceId))) throw notFound('Recurrence', id)
  await requireAccess(tx, actor, found.workspaceId, permission)
  if (permission === null) return found
  const locked = await lockRecurrence(tx, id)
  if (!locked) throw notFound('Recurrence', id)
  return locked
}

/** Accounts take posts as spam that come more often than anybody would write them. */
const gapMinutesMin = 5
/** Enough to see every gap of a pattern within a day. */
const gapsLookedAt = 50

/**
 * Refuses a pattern that cannot be read or comes too often, a zone that is none, and content that would be refused.
 * @param more.mayLack its content need not be complete, though its posts go out by themselves: see `makeOccurrences`.
 */
export async function requireGoodRecurrence(
  ctx: Context,
  tx: Tx,
  home: { workspaceId: string; brandId: string; anyBrand?: boolean },
  fields: RecurrenceFields,
  { mayLack = false }: { mayLack?: boolean } = {},
): Promise<void> {
  const issues: Issue[] = []
  const add = (path: string, rule: string, message: string) => issues.push({ path, rule, message })
  if (fields.name.trim() === '') add('name', 'name_required', 'A recurrence needs a name.')
  if (!isTimezone(fields.timezone))
    add(
      'timezone',
      'unknown_timezone',
      `"${fields.timezone.slice(0, 50)}" is not a time zone of the IANA database.`,
    )
  if (!isCron(fields.cron))
    add(
      'cron',
      'cron_unreadable',
      'Write five fields: minute, hour, day of month, month, weekday. "30 9 * * 1" is Mondays at 9:30.',
    )
  if (fields.targetAccountIds.length === 0)
    add('targetAccountIds', 'targets_required', 'A recurrence needs at least one account.')
  if (fields.runsLeft !== null && fields.runsLeft < 1) add('count', 'count', 'It must happen at least once.')
  if (issues.length === 0 && comesTooOften(fields, ctx.clock.now()))
    add('cron', 'too_often', `This comes more often than every ${gapMinutesMin} minutes.`)
  if (issues.length > 0) throw invalid(issues)

  const given = filled({
    ...(fields.template as GivenFields),
    targetAccountIds: fields.targetAccountIds,
    timezone: fields.timezone,
  })
  const composed = await composePost(ctx, tx, home, given)
  await requirePlanning(tx, home.workspaceId, given)
  if (fields.autoSchedule && mayLack) requireSound(composed, 'draft', new Set(fields.targetAccountIds))
  else requireSound(composed, fields.autoSchedule ? 'publish' : 'draft')
}

function comesTooOften({ cron, timezone }: RecurrenceFields, now: Date): boolean {
  const next = nextOccurrences(cron, timezone, now, gapsLookedAt)
  return next.some((at, index) => {
    const before = next[index - 1]
    return before !== undefined && at.getTime() - before.getTime() < gapMinutesMin * 60_000
  })
}

/** Something that happened to a recurrence. */
export const recurrenceEvent = (
  ctx: Context,
  { id, workspaceId, brandId, name }: Pick<Recurrence, 'id' | 'workspaceId' | 'brandId' | 'name'>,
  type: string,
  data: Record<string, unknown> = {},
) => ({
  id: ctx.newId(),
  workspaceId,
  type,
  resourceType: 'recurrence',
  resourceId: id,
  data: { brandId, name, ...data },
})

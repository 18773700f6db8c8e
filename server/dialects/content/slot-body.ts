import { type Static, Type } from 'typebox'
import { contentTypes } from '../../domain/content-type.ts'
import { invalidAt } from '../../domain/refusal.ts'
import { isTimezone as isZone } from '../../domain/timezone.ts'
import { parseInstant } from '../../domain/wall-clock.ts'
import { Caption, Id, Nullable } from './schemas.ts'

/** An offset is honoured; without one the time is meant on the clocks of the slot's zone (answers 1.7). */
export const LocalTime = Type.String({
  maxLength: 40,
  description: 'ISO 8601; without an offset it is read in `timezone`',
})
const fields = {
  caption: Type.Optional(Caption),
  mediaIds: Type.Optional(Type.Array(Id, { maxItems: 100 })),
  timezone: Type.Optional(Type.String({ maxLength: 64 })),
  campaignId: Type.Optional(Nullable(Id)),
  labelIds: Type.Optional(Type.Array(Id, { maxItems: 100 })),
}
const Targets = Type.Array(
  Type.Object({ connectionId: Id, platformCaption: Type.Optional(Nullable(Caption)) }),
  { minItems: 1, maxItems: 100 },
)
export const NewSlot = Type.Object({
  ...fields,
  contentType: Type.Enum([...contentTypes]),
  scheduledAt: LocalTime,
  targets: Targets,
})
export const SlotChange = Type.Object({
  ...fields,
  contentType: Type.Optional(Type.Enum([...contentTypes])),
  scheduledAt: Type.Optional(LocalTime),
  targets: Type.Optional(Targets),
})

/** A body in the words of the operation. @param at where it stands in a larger body. */
export function newPost(slot: Static<typeof NewSlot>, workspaceZone: string, at: string) {
  const captions = captionsOf(slot.targets)
  return {
    anyBrand: true,
    strict: true,
    text: slot.caption ?? '',
    contentType: slot.contentType,
    mediaIds: slot.mediaIds ?? [],
    timezone: slot.timezone ?? null,
    campaignId: slot.campaignId ?? null,
    labelIds: slot.labelIds ?? [],
    dueAt: timeAt(slot.scheduledAt, slot.timezone ?? workspaceZone, at),
    targets: slot.targets.map(({ connectionId }) => ({ accountId: connectionId, ...captions[connectionId] })),
  }
}

export const captionsOf = (targets: Static<typeof Targets>) =>
  Object.fromEntries(
    targets.flatMap(({ connectionId, platformCaption }) =>
      platformCaption ? [[connectionId, { text: platformCaption }]] : [],
    ),
  )

export function timeAt(text: string, timezone: string, at: string): Date {
  const time = isZone(timezone) ? parseInstant(text, timezone) : null
  if (time) return time
  throw isZone(timezone)
    ? invalidAt(
        `${at}scheduledAt`,
        `${text} is no date-time. Write it like 2026-03-14T09:00:00Z.`,
        'date_time',
      )
    : invalidAt(
        `${at}timezone`,
        `${timezone} is no time zone. Write it like Europe/Paris.`,
        'unknown_timezone',
      )
}

import { Temporal } from 'temporal-polyfill'
import { instantAt } from './wall-clock.ts'

/** A weekly moment at which a queue publishes. */
export interface Slot {
  /** ISO: Monday is 1. */
  weekday: number
  /** Wall-clock time of the queue's zone, `09:00`. */
  time: string
  /** Network ids and account ids. */
  targets: string[]
}

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
export type Weekday = (typeof weekdays)[number]

/** Slots in one queue: a post every half hour of the week, and then some. */
export const slotsMax = 500

/**
 * The coming moments of a queue's slots, in order, from an instant on (not including it). Daylight-saving changes as
 * in wall-clock.ts: a skipped time moves forward, a double one happens once.
 * @param weeks how far to look.
 */
export function comingSlots<T extends Slot>(
  slots: T[],
  timezone: string,
  after: Date,
  weeks: number,
): { slot: T; at: Date }[] {
  const first = Temporal.Instant.fromEpochMilliseconds(after.getTime())
    .toZonedDateTimeISO(timezone)
    .toPlainDate()
  const coming: { slot: T; at: Date }[] = []
  for (let day = 0; day <= weeks * 7; day++) {
    const date = first.add({ days: day })
    for (const slot of slots) {
      if (slot.weekday !== date.dayOfWeek) continue
      const at = instantAt(`${date.toString()}T${slot.time}`, timezone)
      if (at && at > after) coming.push({ slot, at })
    }
  }
  return coming.sort((a, b) => a.at.getTime() - b.at.getTime())
}

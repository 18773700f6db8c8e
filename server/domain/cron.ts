import { Cron } from 'croner'
import { Temporal } from 'temporal-polyfill'
import { instantAt } from './wall-clock.ts'

/**
 * Cron patterns of five fields (minute, hour, day of month, month, weekday), read on the clocks of a time zone:
 * each wall-clock time of the pattern happens once. One that a daylight-saving change skips moves forward by the gap,
 * one that happens twice is the first (answers 1.7).
 */

/** Whether a pattern can be read, and ever happens. */
export function isCron(pattern: string): boolean {
  if (pattern.trim().split(/\s+/).length !== 5 || pattern.length > 200) return false
  try {
    return wallClock(pattern).nextRun() !== null
  } catch {
    return false
  }
}

/** Steps past which a pattern is given up: each is one wall-clock time that turned out to lie before `after`. */
const stepsMax = 200

/** The first occurrence after an instant; null when there is none in the years that can be computed. */
export function nextOccurrence(pattern: string, timezone: string, after: Date): Date | null {
  const cron = wallClock(pattern)
  // The clocks of the zone, read as if they were UTC, so that the pattern meets no daylight-saving change.
  const local = Temporal.Instant.fromEpochMilliseconds(after.getTime()).toZonedDateTimeISO(timezone)
  let at: Date | null = new Date(`${local.toPlainDateTime().toString({ smallestUnit: 'millisecond' })}Z`)
  for (let step = 0; step < stepsMax; step++) {
    at = cron.nextRun(at)
    if (!at) return null
    const instant = instantAt(at.toISOString().slice(0, -1), timezone)
    if (instant && instant > after) return instant
  }
  return null
}

/** The next ones, in order; fewer when there are no more. */
export function nextOccurrences(pattern: string, timezone: string, after: Date, count: number): Date[] {
  const found: Date[] = []
  for (let at: Date | null = after; found.length < count; ) {
    at = nextOccurrence(pattern, timezone, at)
    if (!at) break
    found.push(at)
  }
  return found
}

const wallClock = (pattern: string) => new Cron(pattern, { timezone: 'UTC', mode: '5-part', paused: true })

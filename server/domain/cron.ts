import { Cron } from 'croner'
import { Temporal } from 'temporal-polyfill'

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

/** No clock change of our time skips more (two hours, at Troll in Antarctica). */
const gapMinutesMax = 120

/** Steps past which a pattern is given up: each is one wall-clock time that turned out to lie before `after`. */
const stepsMax = 400

/** The first occurrence after an instant; null when there is none in the years that can be computed. */
export function nextOccurrence(pattern: string, timezone: string, after: Date): Date | null {
  const cron = wallClock(pattern)
  let at: Date | null = new Date(clockAt(after, timezone) - skippedMs(after, timezone))
  let found: Shown | null = null
  for (let step = 0; step < stepsMax; step++) {
    at = cron.nextRun(at)
    // A time that was moved forward may come after a later one that was not.
    if (!at || (found && at.getTime() >= found.clock)) break
    const shown = firstShowing(at, timezone)
    if (shown.instant > after.getTime() && (!found || shown.instant < found.instant)) found = shown
  }
  return found && new Date(found.instant)
}

/** Clocks of a zone are read as if they were UTC, so that the pattern meets no daylight-saving change; milliseconds. */
function clockAt(instant: Date, timezone: string): number {
  const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(
    timezone,
  )
  return instant.getTime() + offsetNanoseconds / 1e6
}

/** What clocks skipped a moment ago comes only now: how much that was. */
function skippedMs(instant: Date, timezone: string): number {
  const spanMs = gapMinutesMax * 60_000
  const before = new Date(instant.getTime() - spanMs)
  return Math.max(0, clockAt(instant, timezone) - clockAt(before, timezone) - spanMs)
}

interface Shown {
  instant: number
  clock: number
}

/** When clocks first show a time, and what they show then: not that time when they skip it. */
function firstShowing(wall: Date, timezone: string): Shown {
  const local = Temporal.Instant.fromEpochMilliseconds(wall.getTime()).toZonedDateTimeISO('UTC')
  const zoned = local.toPlainDateTime().toZonedDateTime(timezone, { disambiguation: 'compatible' })
  return { instant: zoned.epochMilliseconds, clock: zoned.epochMilliseconds + zoned.offsetNanoseconds / 1e6 }
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

const wallClock = (pattern: string) => new Cron(pattern, { utcOffset: 0, mode: '5-part', paused: true })

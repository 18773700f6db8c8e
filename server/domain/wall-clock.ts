import { Temporal } from 'temporal-polyfill'

/**
 * The instant at which clocks in a zone show a local date and time. A time that a daylight-saving change skips moves
 * forward by the gap; one that happens twice is the first (answers 1.7). Null when the text is no local date-time.
 * @param local ISO 8601 without an offset: `2026-03-29T02:30`.
 */
export function instantAt(local: string, timezone: string): Date | null {
  try {
    const { epochMilliseconds } = Temporal.PlainDateTime.from(local).toZonedDateTime(timezone, {
      disambiguation: 'compatible',
    })
    return new Date(epochMilliseconds)
  } catch {
    return null
  }
}

/**
 * An ISO 8601 date-time: with an offset or `Z` it says its instant itself, without one the clocks of `timezone` say it.
 * Null when the text is neither.
 */
export function parseInstant(text: string, timezone: string): Date | null {
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/i.test(text)
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return null
  if (!hasOffset) return instantAt(text.replace(' ', 'T'), timezone)
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? null : at
}

/** The local date and time of an instant with its offset: `2024-01-29T09:00:00+01:00`. */
export const withOffset = (at: Date, timezone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toString({
    timeZone: timezone,
    fractionalSecondDigits: 0,
  })

import { Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'

/** ISO 8601, or a date alone, which is the whole day (answers 1.7). */
export const Bound = Type.String({ maxLength: 40, description: 'ISO 8601, or YYYY-MM-DD for the whole day' })

const dayMs = 24 * 60 * 60 * 1000

/** The first instant that counts. A date alone is UTC's. */
export const fromBound = (text: string | undefined) =>
  text === undefined ? undefined : parse('from', text).at

/** The first instant that counts no more: after the named day, or after the named instant. */
export function toBound(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const { at, isDay } = parse('to', text)
  return new Date(at.getTime() + (isDay ? dayMs : 1))
}

function parse(path: string, text: string): { at: Date; isDay: boolean } {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.test(text)
  const at = new Date(isDay || /Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`)
  if ((!isDay && !isInstant) || Number.isNaN(at.getTime()))
    throw invalidAt(path, `${text} is not a time. Write it as 2026-01-31T09:00:00Z or 2026-01-31.`, 'time')
  return { at, isDay }
}

/**
 * Servers with Mastodon's API leave fields out, add some, and answer HTML at times. These read one value of an
 * answer, or nothing, so that no answer can throw.
 */
export const asRecord = (value: unknown): Record<string, unknown> | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined

export const asString = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

export const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export const asStrings = (value: unknown): string[] =>
  asList(value).filter((one): one is string => typeof one === 'string')

/** Ids are strings in Mastodon; some servers send numbers. */
export const asId = (value: unknown): string | undefined =>
  typeof value === 'number' ? String(value) : asString(value) || undefined

export const asDate = (value: unknown): Date | undefined => {
  const date = new Date(asString(value) ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}

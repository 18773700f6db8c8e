/**
 * Reading answers of other people's servers: one value at a time, or nothing, so that no answer can throw however
 * wrong its shape is.
 */
export type JsonRecord = Record<string, unknown>

export const asRecord = (value: unknown): JsonRecord | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonRecord) : undefined

export const asString = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** Ids are strings almost everywhere; some servers send numbers. */
export const asId = (value: unknown): string | undefined =>
  typeof value === 'number' ? String(value) : asString(value) || undefined

export const asInstant = (value: unknown): Date | undefined => {
  const at = new Date(asString(value) ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? undefined : at
}

export const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

export const asStrings = (value: unknown): string[] =>
  asList(value).filter((one): one is string => typeof one === 'string')

/** The value at the end of a path of names: `at(body, 'data', 'id')`. */
export const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => asRecord(inner)?.[name], value)

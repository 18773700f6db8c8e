/**
 * Reading answers of other people's servers: one value at a time, or nothing, so that no answer can throw however
 * wrong its shape is.
 */
export type JsonRecord = Record<string, unknown>

export const asRecord = (value: unknown): JsonRecord | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonRecord) : undefined

export const asString = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

export const asNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** The value at the end of a path of names: `at(body, 'data', 'id')`. */
export const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, name) => asRecord(inner)?.[name], value)

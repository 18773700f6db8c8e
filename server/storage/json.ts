/** A value for a jsonb column. The driver would send an array as a PostgreSQL array, so it goes as text. */
export const json = (value: unknown): string => JSON.stringify(value)

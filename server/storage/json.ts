/** A value for a jsonb column. The driver would send an array as a PostgreSQL array, so it goes as text. */
export const json = (value: unknown): string => JSON.stringify(value)

/** What a jsonb column holds. The same shape as `Json` of `networks/network.ts`, which storage does not know. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

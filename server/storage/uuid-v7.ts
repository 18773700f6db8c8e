import { sql } from 'kysely'

/**
 * A UUIDv7 of an instant, made inside a statement, where rows come from a select and the process does not know how
 * many ids it needs. PostgreSQL 18 has uuidv7(), older ones do not: a random UUID whose first 48 bits are the
 * milliseconds and whose version bits turn from 4 to 7 (RFC 9562, section 5.7).
 */
export const uuidV7At = (at: Date) => sql<string>`
  encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send(${at.getTime()}::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid`

import { CamelCasePlugin, Kysely, PostgresDialect, type PostgresPool, type Transaction } from 'kysely'
import pg from 'pg'
import type { DB } from './schema.ts'

/** The database, or one transaction in it. Storage functions take it first and know no other. */
export type Db = Kysely<DB>
export type Tx = Transaction<DB>

export interface DatabaseOptions {
  connectionString: string
  /** Connections at most. 10 keep two cores and one PostgreSQL busy; more only queue inside the server. */
  poolMax?: number
  applicationName?: string
}

/**
 * Opens a pool. Every statement text that comes back is sent as a named prepared statement, which PostgreSQL plans
 * once per connection (1.4 times the throughput of unnamed ones, design section 1).
 */
export function openDatabase({
  connectionString,
  poolMax = 10,
  applicationName = 'fanfare',
}: DatabaseOptions) {
  const pool = new pg.Pool({
    connectionString,
    max: poolMax,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    types: { getTypeParser },
  })
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined)
  // Nor may one that breaks between two statements of a transaction: the next statement fails and tells.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const db: Db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool: namedStatements(pool) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  })
  return { db, pool }
}

/** int8 as number (counts and sequences stay far below 2^53), dates without time as the text they are. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  const { INT8, NUMERIC, DATE } = pg.types.builtins
  if (oid === INT8 || oid === NUMERIC) return Number
  if (oid === DATE) return (value: string) => value
  return pg.types.getTypeParser(oid, format as 'text')
}

/** Statement texts kept per process; past that, rare dynamic ones go unnamed so that connections stay small. */
const namedStatementsMax = 500

/**
 * Opens a statement that must not run by a remembered plan: over a batch, the best plan depends on how many rows there
 * are, and the one that was made in a quiet hour, or over an empty table, is many times slower in a burst.
 */
export const plannedEachTime = '/* planned each time */'

function namedStatements(pool: pg.Pool): PostgresPool {
  const names = new Map<string, string>()
  const nameOf = (text: string) => {
    if (text.startsWith(plannedEachTime)) return undefined
    if (!names.has(text) && names.size < namedStatementsMax) names.set(text, `s${names.size + 1}`)
    return names.get(text)
  }
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      return {
        query: (text: string | object, values?: readonly unknown[]) =>
          typeof text === 'string'
            ? client.query(values?.length ? { name: nameOf(text), text, values: [...values] } : text)
            : client.query(text as never),
        release: () => client.release(),
      } as never
    },
  } as PostgresPool
}

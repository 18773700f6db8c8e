import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Logger, runMigrations } from 'graphile-worker'
import { sql } from 'kysely'
import pg from 'pg'
import type { Db } from './database.ts'

const silent = new Logger(() => () => undefined)

const folder = join(import.meta.dirname, 'migrations')

/** Chosen once; two servers that start together wait for each other here instead of migrating twice. */
const advisoryLock = 4_261_950_307

/**
 * Brings the database to the newest schema. Each file in `migrations/` runs once, in order, in a transaction of its
 * own; its checksum is kept, and a file that was changed after it ran is refused, because migrations are frozen.
 * @returns the names of the migrations that ran now.
 */
export async function migrate(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString, application_name: 'fanfare migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [advisoryLock])
    await requireVersion(client)
    await client.query(`create table if not exists migrations (
      name text primary key, checksum text not null, applied_at timestamptz(3) not null default clock_timestamp())`)
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from migrations',
    )
    const applied = new Map(rows.map((row) => [row.name, row.checksum]))
    const ran: string[] = []
    const names = await migrationNames()
    const newer = [...applied.keys()].filter((name) => !names.includes(name))
    if (newer.length > 0)
      throw new Error(
        `This database was brought further by a newer Fanfare (${newer.join(', ')}). Start that version again.`,
      )
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8')
      const checksum = createHash('sha256').update(text).digest('hex')
      const known = applied.get(name)
      if (known === checksum) continue
      if (known)
        throw new Error(
          `Migration ${name} was changed after it had been applied. Restore it and add a new one.`,
        )
      await runOne(client, name, text, checksum)
      ran.push(name)
    }
    // The chores' own tables, kept by the library in a schema of its own.
    await runMigrations({ connectionString, logger: silent })
    return ran
  } finally {
    await client.end()
  }
}

/** The migrations of this version that the database has not had; none once `migrate` has run. */
export async function missingMigrations(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from migrations`.execute(db)
  const applied = new Set(rows.map(({ name }) => name))
  return (await migrationNames()).filter((name) => !applied.has(name))
}

const migrationNames = async () => (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()

/** The oldest PostgreSQL the statements were tried on. */
export const postgresVersionMin = 150_000

async function requireVersion(client: pg.Client) {
  const { rows } = await client.query<{ version: string }>(
    `select current_setting('server_version_num') as version`,
  )
  if (Number(rows[0]?.version) < postgresVersionMin)
    throw new Error(`Fanfare needs PostgreSQL 15 or newer; this server says ${rows[0]?.version}.`)
}

async function runOne(client: pg.Client, name: string, text: string, checksum: string) {
  await client.query('begin')
  try {
    await client.query(text)
    await client.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`Migration ${name} failed: ${(error as Error).message}`, { cause: error })
  }
}

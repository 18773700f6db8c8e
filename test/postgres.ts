/**
 * PostgreSQL for tests. `global-setup.ts` starts one embedded server for the whole run and migrates a template once;
 * each test file asks for a database of its own, a copy of the template made in a few tens of milliseconds.
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export interface TestDatabase {
  connectionString: string
  drop(): Promise<void>
}

export async function testDatabase(): Promise<TestDatabase> {
  const admin = inject('postgres')
  const name = `test_${randomBytes(6).toString('hex')}`
  await command(admin, `create database ${name} template fanfare_template`)
  return {
    connectionString: admin.replace('/postgres?', `/${name}?`),
    drop: () => command(admin, `drop database if exists ${name} with (force)`),
  }
}

async function command(connectionString: string, text: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: string
  }
}

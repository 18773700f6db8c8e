import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../server/storage/embedded.ts'
import { migrate } from '../server/storage/migrate.ts'

/** One PostgreSQL for the run, without fsync: tests kill our process, never the database they share. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-test-'))
  const server = await startEmbedded({
    folder,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  })
  const admin = new pg.Client({ connectionString: server.connectionString })
  await admin.connect()
  await admin.query('create database fanfare_template')
  await admin.end()
  await migrate(server.connectionString.replace('/postgres?', '/fanfare_template?'))
  project.provide('postgres', server.connectionString)
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

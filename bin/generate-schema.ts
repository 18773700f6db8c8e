/** Writes server/storage/schema.ts from the migrations: `npm run schema`. A test fails when the two drift apart. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startEmbedded } from '../server/storage/embedded.ts'
import { migrate } from '../server/storage/migrate.ts'

const outFile = process.argv[2] ?? join(import.meta.dirname, '../server/storage/schema.ts')
const folder = await mkdtemp(join(tmpdir(), 'fanfare-schema-'))
const server = await startEmbedded({ folder })
try {
  await migrate(server.connectionString)
  await promisify(execFile)('kysely-codegen', [
    '--dialect',
    'postgres',
    '--url',
    server.connectionString,
    '--camel-case',
    '--out-file',
    outFile,
    '--numeric-parser',
    'number',
    '--date-parser',
    'string',
    '--include-pattern',
    'public.*',
    '--exclude-pattern',
    'public.migrations',
  ])
  // database.ts reads int8 as number.
  const text = await readFile(outFile, 'utf8')
  await writeFile(
    outFile,
    text.replace(/export type Int8 = .*/, 'export type Int8 = ColumnType<number, number, number>;'),
  )
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Fails when server/storage/schema.ts is not what the migrations make: `npm run schema:check`. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const kept = join(import.meta.dirname, '../server/storage/schema.ts')
const folder = await mkdtemp(join(tmpdir(), 'fanfare-schema-check-'))
try {
  const made = join(folder, 'schema.ts')
  execFileSync(process.execPath, [join(import.meta.dirname, 'generate-schema.ts'), made], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if ((await readFile(made, 'utf8')) !== (await readFile(kept, 'utf8'))) {
    console.error(
      'server/storage/schema.ts is not what the migrations make. Run `npm run schema` and commit it.',
    )
    process.exitCode = 1
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

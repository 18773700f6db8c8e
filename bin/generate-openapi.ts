/**
 * Writes docs/openapi/<dialect>.json, one OpenAPI 3.1 document for each API: `npm run openapi`. With `--check` it
 * writes nothing and fails when a document is not what the routes say.
 *
 * Needs no database: the app is put together and never asked anything.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { allDialects } from '../server/dialects/index.ts'
import { createApp } from '../server/http/app.ts'
import { networksById } from '../server/networks/index.ts'
import type { Context } from '../server/operations/context.ts'
import { bareContext } from '../test/bare-context.ts'

const folder = join(import.meta.dirname, '../docs/openapi')
const isCheck = process.argv.includes('--check')

const { ctx: bare, close } = bareContext('postgresql://localhost/unused', [...networksById.values()])
const ctx: Context = {
  ...bare,
  mailer: null,
  settings: {
    publicUrl: 'http://localhost:8007',
    firstWorkspaceMode: 'sandbox',
    mediaBytesMax: 1_000_000_000,
    webhookAddresses: { allowPrivate: false, trustedOrigins: [] },
  },
}
const dialects = allDialects(ctx)
const app = await createApp(ctx, { dialects })
await app.ready()
try {
  if (!isCheck) await mkdir(folder, { recursive: true })
  for (const { id } of dialects) {
    const answer = await app.inject({ url: `/docs/${id}.json` })
    if (answer.statusCode !== 200) throw new Error(`There is no document of ${id}: ${answer.body}`)
    const made = `${JSON.stringify(answer.json(), null, 2)}\n`
    const file = join(folder, `${id}.json`)
    if (!isCheck) await writeFile(file, made)
    else if ((await readFile(file, 'utf8').catch(() => '')) !== made) {
      console.error(
        `docs/openapi/${id}.json is not what the routes say. Run \`npm run openapi\` and commit it.`,
      )
      process.exitCode = 1
    }
  }
} finally {
  await app.close()
  await close()
}

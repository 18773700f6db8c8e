/**
 * Installs the real servers that tests publish to: `node test/peers/install.mjs`. Apart from the product's own
 * packages, because they are many. Does nothing when they are there already; ends with 1, and a reason, when they
 * cannot be had. Tests that need them say so and are left out then.
 *
 * better-sqlite3 is raised to 13 (`overrides` in package.json): up to 12 it must be compiled, and it aborts Node 24
 * when a closed database is collected (`RemoveEnvironmentCleanupHook`, seen on 2026-11-22 with 12.11.1). 13 speaks
 * Node-API and brings its binaries.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const installed = join(here, 'node_modules', '.installed')
const wanted = `${await readFile(join(here, 'package-lock.json'), 'utf8')}\n${process.version} ${process.platform} ${process.arch}`

if (existsSync(installed) && (await readFile(installed, 'utf8')) === wanted) process.exit(0)

try {
  await rm(installed, { force: true })
  console.log('Installing the real servers for tests (about a minute)')
  execFileSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--workspaces=false'],
    { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const Database = createRequire(join(here, 'package.json'))('better-sqlite3')
  new Database(':memory:').close()
  await writeFile(installed, wanted)
} catch (error) {
  console.error(`The real servers for tests could not be installed: ${error.message}`)
  process.exit(1)
}

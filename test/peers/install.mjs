/**
 * Installs the real servers that tests publish to: `node test/peers/install.mjs`. Apart from the product's own
 * packages, because they are many and one of them is compiled. Does nothing when they are there already; ends with 1,
 * and a reason, when they cannot be had. Tests that need them say so and are left out then.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const installed = join(here, 'node_modules', '.installed')
const wanted = `${await readFile(join(here, 'package-lock.json'), 'utf8')}\n${process.version} ${process.platform} ${process.arch}`

if (existsSync(installed) && (await readFile(installed, 'utf8')) === wanted) process.exit(0)

try {
  await rm(installed, { force: true })
  console.log(
    'Installing the real servers for tests (about a minute, two more where SQLite must be compiled)',
  )
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--workspaces=false'])
  // A ready-made SQLite exists for common machines where GitHub can be reached; otherwise it is compiled.
  if (!loads()) npm(['rebuild', 'better-sqlite3'], { npm_config_nodedir: await headers() })
  if (!loads()) throw new Error('better-sqlite3 was built and does not load')
  await writeFile(installed, wanted)
} catch (error) {
  console.error(`The real servers for tests could not be installed: ${error.message}`)
  process.exit(1)
}

function npm(args, more = {}) {
  execFileSync('npm', args, {
    cwd: here,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...more },
  })
}

function loads() {
  try {
    const Database = createRequire(join(here, 'package.json'))('better-sqlite3')
    new Database(':memory:').close()
    return true
  } catch {
    return false
  }
}

/**
 * Where this very Node's C++ headers are: an addon built with another version's does not load. The `node` package has
 * the program alone, its platform package has the headers beside it.
 */
async function headers() {
  const own = join(dirname(process.execPath), '..')
  if (existsSync(join(own, 'include', 'node', 'node_version.h')) && (await isThisVersion(own))) return own
  const folder = join(here, 'node_modules', '.headers')
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"private":true}')
  npm([
    'install',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--workspaces=false',
    `${name}@${process.versions.node}`,
  ])
  return join(folder, 'node_modules', name)
}

async function isThisVersion(folder) {
  const text = await readFile(join(folder, 'include', 'node', 'node_version.h'), 'utf8')
  const part = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1]
  return `${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}` === process.versions.node
}

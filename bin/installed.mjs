// What `npm start` and `npm test` share. Plain JavaScript that old Nodes read: it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const modules = join(root, 'node_modules')
const lockFile = join(root, 'package-lock.json')
/** Which lock file node_modules was last found to agree with. */
const stampFile = join(modules, '.fanfare-lock')

/** 24.7 is the first with argon2; TypeScript is run as it stands. */
const nodeMin = [24, 7]

/**
 * Installs what is missing: nothing is there, or the lock file has changed since.
 * @param {{ tests: boolean }} needs whether the tools for tests are needed too; once installed they are kept.
 */
export function install({ tests }) {
  const hasTests = existsSync(join(modules, 'vitest'))
  if (isUpToDate() && (hasTests || !tests)) return
  console.log('Installing what Fanfare needs; this happens once after each update and takes about a minute.')
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  if (!tests && !hasTests) options.push('--omit=dev')
  const npm = process.env.npm_execpath
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...options], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', options, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error('The installation failed; what npm says above tells why. Nothing was started.')
    process.exit(1)
  }
  writeFileSync(stampFile, lockHash())
}

function isUpToDate() {
  const kept = join(modules, '.package-lock.json')
  if (!existsSync(kept)) return false
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockHash()) return true
  return statSync(kept).mtimeMs >= statSync(lockFile).mtimeMs
}

function lockHash() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex')
}

/** The Node to run with: the pinned one where npm has it for this system, else the machine's own if it is new enough. */
export function findNode() {
  const pinned = join(modules, '.bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(pinned)) return pinned
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return process.execPath
  console.error(
    `Fanfare needs Node ${nodeMin.join('.')} or newer; this is ${process.versions.node}, ` +
      `and npm has no ready-made one for ${process.platform}-${process.arch}. Install it from https://nodejs.org.`,
  )
  return process.exit(1)
}

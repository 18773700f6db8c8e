import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Cluster } from './cluster.ts'
import { isAlive, postmasterPid, removeForeignPid } from './postmaster-file.ts'

export interface PostmasterOptions {
  cluster: Cluster
  /** The folder of the programs. */
  bin: string
  /** As the server names it: absolute, or relative to the data folder. */
  socketFolder: string
  connectionString: string
  logFile: string
  settings: Record<string, string>
}

/** After a crash the remains of the old server need a moment to go; a start that fails is tried again for so long. */
const failingStartMsMax = 12_000
/** Replaying the log of a large database that crashed; PostgreSQL answers "starting up" meanwhile. */
const recoveryMsMax = 300_000
const lookEveryMs = 30
const startAgainMs = 300

/**
 * Makes sure that a server runs on the cluster and answers: finds one (an orphan of a process that was killed) or
 * starts one. It outlives this process if that is killed, and is then found by the next.
 */
export async function ensurePostmaster(options: PostmasterOptions): Promise<void> {
  const begun = performance.now()
  let child: ChildProcess | null = null
  for (;;) {
    const answer = await ask(options.connectionString)
    if (answer === 'yes') return
    const waited = performance.now() - begun
    if (waited > recoveryMsMax) throw await failure(options, `did not answer in ${recoveryMsMax} ms`)
    const isComing =
      answer === 'starting' || (child && !hasEnded(child)) || (await isRunning(options.cluster))
    if (!isComing) {
      if (child && waited > failingStartMsMax) throw await failure(options, 'did not start')
      if (child) await pause(startAgainMs)
      await removeForeignPid(options.cluster.path)
      child = await spawnPostmaster(options)
    }
    await pause(lookEveryMs)
  }
}

/** Asks it to end (fast: sessions are cut, everything is on disk), and insists when that takes too long. */
export async function stopPostmaster(cluster: Cluster): Promise<void> {
  const pid = await postmasterPid(cluster.path)
  if (pid === null || !(await isAlive(pid))) return
  for (const [signal, patienceMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    try {
      process.kill(pid, signal)
    } catch {
      return // It ended just now.
    }
    for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await pause(20))
      if (!(await isAlive(pid)) || (await postmasterPid(cluster.path)) !== pid) return
  }
  throw new Error(`PostgreSQL (process ${pid}) does not stop`)
}

async function ask(connectionString: string): Promise<'yes' | 'starting' | 'no'> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return 'yes'
  } catch (error) {
    // cannot_connect_now: starting up, in recovery, or shutting down.
    return (error as { code?: string }).code === '57P03' ? 'starting' : 'no'
  } finally {
    client.end().catch(() => undefined)
  }
}

/** A server that does not answer yet, or is just going away: both are waited for. */
async function isRunning(cluster: Cluster): Promise<boolean> {
  const pid = await postmasterPid(cluster.path)
  if (pid === null || !(await isAlive(pid))) return false
  await removeForeignPid(cluster.path)
  return (await postmasterPid(cluster.path)) === pid
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

/** What happens to the server itself is logged; statements that fail are not, they may hold what users wrote. */
const settingsDefault = {
  listen_addresses: '',
  max_connections: '100',
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
  jit: 'off',
  // A first bulk import is published minutes later at most; a plan made without statistics is many times slower. A
  // look for tables to analyze costs a millisecond or two.
  autovacuum_naptime: '5s',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
}

const logBytesMax = 5_000_000

async function spawnPostmaster(options: PostmasterOptions): Promise<ChildProcess> {
  const { cluster, bin, socketFolder, settings, logFile } = options
  const { size } = await stat(logFile).catch(() => ({ size: 0 }))
  if (size > logBytesMax) await truncate(logFile)
  const flags = Object.entries({
    ...settingsDefault,
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const log = await open(logFile, 'a', 0o600)
  try {
    const child = spawn(join(bin, 'postgres'), ['-D', cluster.pathForServer, ...flags], {
      ...cluster.user,
      cwd: cluster.path,
      env: { PATH: process.env.PATH, TZ: 'UTC' },
      stdio: ['ignore', log.fd, log.fd],
      // A group of its own: Ctrl-C at the console is for us, and we stop it in order.
      detached: true,
    })
    await new Promise<void>((done, fail) => {
      child.once('spawn', done)
      child.once('error', (error) => fail(new Error(`PostgreSQL cannot run: ${error.message}`)))
    })
    child.unref()
    return child
  } finally {
    await log.close()
  }
}

async function failure({ cluster, logFile }: PostmasterOptions, what: string): Promise<Error> {
  const said = await readFile(logFile, 'utf8').catch(() => '')
  return new Error(`PostgreSQL on ${cluster.path} ${what}. It said:\n${said.slice(-2_000).trim()}`)
}

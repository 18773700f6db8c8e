/**
 * A whole Fanfare for stories: a child process on a free port, with a database and a data directory of its own, that
 * can be killed at any moment and started again on the same port, database and data.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from './postgres.ts'

export interface Fanfare {
  /** `http://127.0.0.1:<port>`, without a trailing slash; the same after a restart. */
  url: string
  pid: number
  dataDir: string
  /** Null when the server runs its own embedded PostgreSQL. */
  connectionString: string | null
  /** Everything the process wrote since the first start, standard output and error as they came. */
  logs(): string
  /** Sends a signal (SIGKILL unless told) and waits until the process is gone; answers its exit code. */
  kill(signal?: NodeJS.Signals): Promise<number | null>
  /** Starts the process again with the same port, data and settings; kills one that still runs. */
  restart(env?: Record<string, string>): Promise<void>
  /** Resolves with the exit code when the process ends by itself. */
  ended(): Promise<number | null>
  /** Stops the process and removes its database and data. */
  stop(): Promise<void>
}

export interface FanfareOptions {
  env?: Record<string, string>
  args?: string[]
  /** Shared with another process (two engines on one database); the maker drops it. */
  connectionString?: string
  dataDir?: string
  /** `embedded`: the server starts its own PostgreSQL in the data directory. */
  database?: 'template' | 'embedded'
}

const main = join(import.meta.dirname, '../server/main.ts')
/** A first start with an embedded database on a busy machine; seconds of it are initdb. */
const startMsMax = 90_000

export async function startFanfare(options: FanfareOptions = {}): Promise<Fanfare> {
  const own = options.connectionString || options.database === 'embedded' ? null : await testDatabase()
  const connectionString = options.connectionString ?? own?.connectionString ?? null
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'fanfare-data-')))
  let port = '0'
  let logs = ''
  let child: ChildProcess

  async function spawnServer(extra: Record<string, string> = {}) {
    child = spawn(process.execPath, [main, ...(options.args ?? [])], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
        HOST: '127.0.0.1',
        FANFARE_DATA_DIR: dataDir,
        FANFARE_ADMIN_EMAIL: 'ada@example.org',
        FANFARE_ADMIN_PASSWORD: 'correct horse battery staple',
        ...(connectionString ? { DATABASE_URL: connectionString } : {}),
        ...options.env,
        ...extra,
        PORT: port,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    port = await listeningPort(child, (text) => {
      logs += text
    })
  }

  await spawnServer()

  const fanfare: Fanfare = {
    url: `http://127.0.0.1:${port}`,
    get pid() {
      return child.pid as number
    },
    dataDir,
    connectionString,
    logs: () => logs,
    async kill(signal = 'SIGKILL') {
      const gone = exitOf(child)
      child.kill(signal)
      return gone
    },
    async restart(env) {
      await fanfare.kill()
      await spawnServer(env)
    },
    ended: () => exitOf(child),
    async stop() {
      await fanfare.kill('SIGTERM')
      await own?.drop()
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
    },
  }
  return fanfare
}

/** Waits for the line that names the port; fails with everything the process said when it ends first. */
function listeningPort(child: ChildProcess, keep: (text: string) => void): Promise<string> {
  return new Promise((done, fail) => {
    let said = ''
    const slow = setTimeout(() => {
      child.kill('SIGKILL')
      fail(new Error(`Fanfare did not listen within ${startMsMax} ms. It said:\n${said}`))
    }, startMsMax)
    const hear = (chunk: Buffer) => {
      keep(chunk.toString())
      said += chunk
      const port = /Fanfare is listening on https?:\/\/\S+:(\d+)/.exec(said)?.[1]
      if (!port) return
      clearTimeout(slow)
      done(port)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', fail)
    child.once('exit', (code, signal) => {
      clearTimeout(slow)
      fail(new Error(`Fanfare ended with ${code ?? signal} before it listened. It said:\n${said}`))
    })
  })
}

function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  return new Promise((done) => child.once('exit', (code) => done(code)))
}

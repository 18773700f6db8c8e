/**
 * A real Redis, or Valkey where the system has one: for tests of request limits that several servers share. On loopback,
 * on a port of its own, with a password, keeping nothing on disk.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const unpacked = join(import.meta.dirname, '.redis')
const program = [
  ...(process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => [join(folder, 'valkey-server'), join(folder, 'redis-server')]),
  join(unpacked, 'usr/bin/redis-server'),
].find((path) => existsSync(path))

/** Why there is none to test against; null when there is one. */
export const redisMissing: string | null = program
  ? null
  : 'neither Valkey nor Redis is installed (sh test/peers/install-redis.sh)'

/** It starts in a tenth of a second. */
const startTimeoutMs = 20_000

export interface Redis {
  url: string
  /** Stops answering without closing its connections, as behind a broken network; goes on with `resume`. */
  pause(): void
  resume(): void
  kill(): Promise<void>
  /** Again on the same port, empty. */
  restart(): Promise<void>
}

export async function startRedis(): Promise<Redis> {
  const port = await freePort()
  const password = 'a-secret-of-the-limits'
  let server: ChildProcess

  async function start() {
    server = spawn(
      program as string,
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--requirepass',
        password,
        '--save',
        '',
        '--dir',
        tmpdir(),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, LD_LIBRARY_PATH: libraries() } },
    )
    await untilReady(server)
  }
  async function kill() {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGKILL')
    await once(server, 'exit')
  }

  await start()
  return {
    url: `valkey://:${password}@127.0.0.1:${port}`,
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    kill,
    async restart() {
      await kill()
      await start()
    },
  }
}

/** Where the unpacked program finds what this system lacks. */
function libraries(): string {
  const lib = join(unpacked, 'usr/lib')
  return existsSync(lib)
    ? readdirSync(lib)
        .map((folder) => join(lib, folder))
        .join(delimiter)
    : ''
}

function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let said = ''
    const slow = setTimeout(() => fail(new Error(`It did not start in time:\n${said}`)), startTimeoutMs)
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk
      if (!said.includes('Ready to accept connections')) return
      clearTimeout(slow)
      done()
    })
    server.once('exit', (code) => {
      clearTimeout(slow)
      fail(new Error(`It ended with ${code} at its start:\n${said}`))
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}

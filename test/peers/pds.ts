/** A real Bluesky server for tests: started in a process of its own, asked over HTTP like any other. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname

/** Why there is no real server to test against; null when there is one. */
export const pdsMissing: string | null = existsSync(join(here, 'node_modules', '.installed'))
  ? null
  : 'the real Bluesky server is not installed (node test/peers/install.mjs)'

/** It loads 600 packages; slow machines take their time. */
const startTimeoutMs = 90_000

export interface PdsAccount {
  did: string
  handle: string
  password: string
  /** Of the main password: may do everything. */
  accessJwt: string
}

export interface Pds {
  /** `http://localhost:<port>` */
  url: string
  /** The directory of identities. */
  plcUrl: string
  createAccount(): Promise<PdsAccount>
  createAppPassword(account: PdsAccount, name?: string): Promise<string>
  /** Moves the server's clock, so that tokens expire. */
  advance(ms: number): Promise<void>
  call(method: 'GET' | 'POST', nsid: string, input?: Record<string, unknown>, token?: string): Promise<Answer>
  close(): Promise<void>
}

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server answers; tests look into it
  body: any
}

export async function startPds(): Promise<Pds> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-pds-'))
  const child = fork(join(here, 'pds-child.mjs'), [folder], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, LOG_ENABLED: 'false', NODE_OPTIONS: '' },
  })
  let complaints = ''
  child.stderr?.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-4000)
  })
  const started = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) }).then(([message]) => message),
    once(child, 'exit').then(() => null),
  ])
  if (!started) throw new Error(`The Bluesky server ended at its start: ${complaints}`)
  const { url, plcUrl } = started as { url: string; plcUrl: string }
  let accounts = 0

  const call: Pds['call'] = async (method, nsid, input, token) => {
    const query = method === 'GET' && input ? `?${new URLSearchParams(input as Record<string, string>)}` : ''
    const response = await fetch(`${url}/xrpc/${nsid}${query}`, {
      method,
      headers: {
        ...(method === 'POST' && input ? { 'content-type': 'application/json' } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: method === 'POST' && input ? JSON.stringify(input) : undefined,
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null }
  }

  return {
    url,
    plcUrl,
    call,
    async createAccount() {
      const handle = `person${++accounts}-${Date.now().toString(36)}.test`
      const password = `main-password-of-${handle}`
      const { body } = await call('POST', 'com.atproto.server.createAccount', {
        handle,
        email: `${handle.replace('.test', '')}@example.test`,
        password,
      })
      if (!body.did) throw new Error(`No account: ${JSON.stringify(body)}`)
      return { did: body.did, handle, password, accessJwt: body.accessJwt }
    },
    async createAppPassword(account, name = 'fanfare') {
      const session = await call('POST', 'com.atproto.server.createSession', {
        identifier: account.handle,
        password: account.password,
      })
      const created = await call(
        'POST',
        'com.atproto.server.createAppPassword',
        { name },
        session.body.accessJwt,
      )
      return created.body.password
    },
    async advance(ms) {
      const answered = once(child, 'message')
      child.send({ advanceMs: ms })
      await answered
    },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

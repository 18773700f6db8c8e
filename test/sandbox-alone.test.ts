import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ChildSandbox, childSandbox } from '../sandbox/test/child-sandbox.ts'
import { type Fanfare, startFanfare } from './fanfare.ts'

const program = join(import.meta.dirname, '../sandbox/main.ts')

test('networks that die right after accepting, and come back, show the post once; Fanfare knows what it cannot know', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-alone-'))
  const port = String(await freePort())
  const startNetworks = () => childSandbox(program, '--folder', folder, '--port', port)
  let networks: ChildSandbox = await startNetworks()
  const fanfare = await startFanfare({ env: { FANFARE_SANDBOX_URL: networks.url } })
  try {
    const api = await logIn(fanfare)
    const telegram = await api.connect('telegram', { botToken: '7:a-simulated-token', chatId: '@bakery' })
    const discord = await api.connect('discord', {
      botToken: 'a-simulated-bot',
      channelId: '812345678901234567',
    })

    const text = 'Sent, and nobody heard the answer #fail:cut_after_accept'
    const post = await api.publish(text, [telegram, discord])
    // Both were accepted and cut off; with the networks dead there is nobody to ask.
    await until(async () => (await feedTexts(networks.url)).length === 2)
    await networks.kill()
    networks = await startNetworks()

    // Discord's nonce and listing tell; Telegram lets nobody look, so a person must.
    const states = await until(async () => {
      const { targets } = await api.read(post)
      const byAccount = Object.fromEntries(targets.map(({ accountId, status }) => [accountId, status]))
      return byAccount[discord] === 'published' && byAccount[telegram] === 'uncertain' ? byAccount : null
    })
    expect(states).toEqual({ [discord]: 'published', [telegram]: 'uncertain' })
    expect(await feedTexts(networks.url)).toEqual([text, text])
  } finally {
    await fanfare.stop()
    await networks.kill()
    await rm(folder, { recursive: true })
  }
}, 300_000)

async function logIn({ url }: Fanfare) {
  let token = ''
  async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
  const login = { email: 'ada@example.org', password: 'correct horse battery staple' }
  token = (await ask<{ accessToken: string }>('POST', '/auth/login', login)).accessToken
  const [workspace] = (await ask<{ data: { id: string }[] }>('GET', '/workspaces')).data
  const [brand] = (await ask<{ data: { id: string }[] }>('GET', `/workspaces/${workspace?.id}/brands`)).data
  return {
    async connect(network: string, credentials: Record<string, string>) {
      const path = `/brands/${brand?.id}/social-accounts`
      return (await ask<{ id: string }>('POST', path, { network, credentials })).id
    },
    async publish(content: string, targetAccountIds: string[]) {
      const body = { content, targetAccountIds }
      const { id } = await ask<{ id: string }>('POST', `/brands/${brand?.id}/posts`, body)
      await ask('POST', `/posts/${id}/publish`)
      return id
    },
    read: (id: string) => ask<{ targets: { accountId: string; status: string }[] }>('GET', `/posts/${id}`),
  }
}

async function feedTexts(url: string): Promise<string[]> {
  const { data } = (await (await fetch(`${url}/feed.json`)).json()) as { data: { text: string }[] }
  return data.map(({ text }) => text)
}

/** Asks again and again until there is an answer; the test's own timeout is the end of it. */
async function until<T>(answer: () => Promise<T | null | false>): Promise<T> {
  for (;;) {
    const value = await answer()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

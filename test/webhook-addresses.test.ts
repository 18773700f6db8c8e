/** Webhooks may not be pointed at the server itself or its neighbours, neither when entered nor when sent. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Fanfare, startFanfare } from './fanfare.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const allowed = { FANFARE_ALLOW_PRIVATE_ADDRESSES: '127.0.0.0/8' }
let fanfare: Fanfare
let token: string

beforeAll(async () => {
  fanfare = await startFanfare({ env: { FANFARE_ALLOW_PRIVATE_ADDRESSES: '' } })
  const login = { email: 'ada@example.org', password: 'correct horse battery staple' }
  token = (await call('POST', '/auth/login', login)).json.accessToken
})
afterAll(() => fanfare.stop())

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${fanfare.url}/api/v1${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body ? JSON.stringify(body) : undefined,
  })
  return { status: response.status, json: JSON.parse((await response.text()) || 'null') }
}

const subscribe = (url: string) =>
  call('POST', '/webhooks', { url, events: ['post.published'], secret: 'your-signing-secret' })

/** Sends a test event and waits for what the delivery log says of the first try. */
async function firstTry(id: string): Promise<{ responseStatus: number | null; error: string | null }> {
  await call('POST', `/webhooks/${id}/test`)
  return await vi.waitFor(
    async () => {
      const newest = (await call('GET', `/webhooks/${id}/deliveries?limit=1`)).json.data[0]
      expect(newest.tries).toBe(1)
      return newest
    },
    { timeout: 20_000, interval: 200 },
  )
}

test('this server, its machine and its network are refused when a webhook is entered', async () => {
  const { port } = new URL(fanfare.url)
  for (const url of [
    `${fanfare.url}/api/v1/auth/login`,
    `http://localhost:${port}/sandbox/_control`,
    `http://[::1]:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    'http://2130706433/',
    'http://10.0.0.8/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://0.0.0.0/',
  ]) {
    const refused = await subscribe(url)
    expect([url, refused.status]).toEqual([url, 400])
    expect(refused.json.error.details[0]).toMatchObject({ path: 'url', rule: 'webhook_url' })
  }
})

test('one that was entered while private addresses were allowed is not sent to once they are not', async () => {
  await fanfare.restart(allowed)
  const { json: webhook } = await subscribe(`${fanfare.url}/healthz`)
  const named = new URL(fanfare.url)
  named.hostname = 'localhost'
  const { json: byName } = await subscribe(`${named.origin}/healthz`)
  // It was reached: there is no such route for POST.
  expect(await firstTry(webhook.id)).toMatchObject({ responseStatus: 404 })

  await fanfare.restart()
  for (const { id } of [webhook, byName]) {
    const refused = await firstTry(id)
    expect(refused).toMatchObject({ responseStatus: null, error: expect.stringContaining('private') })
  }
})

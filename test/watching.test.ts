/** What an operator sees of a running server: probes, figures, and a log that keeps secrets. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Fanfare, startFanfare } from './fanfare.ts'

vi.setConfig({ testTimeout: 120_000 })

let fanfare: Fanfare
const password = 'correct horse battery staple'
const metricsToken = 'only-for-the-scraper-0123456789'
const botToken = '12345:AAsecret-bot-token-that-nobody-may-see'

beforeAll(async () => {
  fanfare = await startFanfare({
    env: { FANFARE_LOG_LEVEL: 'trace', FANFARE_METRICS_TOKEN: metricsToken },
  })
})
afterAll(() => fanfare.stop())

async function call(method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(fanfare.url + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    body: body ? JSON.stringify(body) : undefined,
  })
  const text = await response.text()
  return { response, text, json: text.startsWith('{') ? JSON.parse(text) : null }
}

const readiness = async () => (await call('GET', '/readyz')).json

test('probes, figures and log of a server that has published', async () => {
  expect((await call('GET', '/healthz')).json).toEqual({ status: 'ok' })
  await vi.waitFor(async () => expect(await readiness()).toEqual({ status: 'ready' }), { timeout: 15_000 })

  const login = await call('POST', '/api/v1/auth/login', { email: 'ada@example.org', password })
  const token = login.json.accessToken as string
  const refresh = /refresh\w*=([^;]+)/i.exec(login.response.headers.get('set-cookie') ?? '')?.[1]
  expect(refresh).toBeTruthy()
  const workspaceId = (await call('GET', '/api/v1/workspaces', undefined, token)).json.data[0].id
  const brands = await call('GET', `/api/v1/workspaces/${workspaceId}/brands`, undefined, token)
  const brand = `/api/v1/brands/${brands.json.data[0].id}`
  const account = await call(
    'POST',
    `${brand}/social-accounts`,
    { network: 'telegram', credentials: { botToken, chatId: '@bakery' } },
    token,
  )
  expect(account.response.status).toBe(201)
  const post = await call(
    'POST',
    `${brand}/posts`,
    { content: 'Watched', targetAccountIds: [account.json.id] },
    token,
  )
  await call('POST', `/api/v1/posts/${post.json.id}/publish`, undefined, token)
  await vi.waitFor(
    async () => {
      const { json } = await call('GET', `/api/v1/posts/${post.json.id}`, undefined, token)
      expect(['published', 'failed', 'uncertain']).toContain(json.status)
    },
    { timeout: 60_000, interval: 200 },
  )
  // Requests that go wrong quote what they were sent.
  await call('POST', '/api/v1/auth/login', { email: 'ada@example.org', password: `${password}!` })
  await call('GET', `/api/v1/nothing?token=${token}&code=a-consent-code-0123456789`, undefined, token)

  expect((await call('GET', '/metrics')).response.status).toBe(401)
  const { text: figures } = await call('GET', '/metrics', undefined, metricsToken)
  expect(figures).toMatch(/^fanfare_(published|failed|uncertain)_total\{network="telegram"\} 1$/m)
  expect(figures).toMatch(/^fanfare_lateness_seconds_count\{network="telegram"\} 1$/m)
  expect(figures).toMatch(/^fanfare_deliveries_oldest_due_age_seconds 0$/m)
  expect(figures).toMatch(/^fanfare_database_up 1$/m)
  expect(figures).toMatch(
    /fanfare_http_request_duration_seconds_count\{method="POST",route="\/api\/v1\/auth\/login",status="200"\} 1/,
  )
  expect(figures).not.toContain(post.json.id)

  const requestId = login.response.headers.get('x-request-id') as string
  const log = fanfare.logs()
  expect(log).toContain(`"requestId":"${requestId}"`)
  expect(log).toMatch(/"deliveryId":"[0-9a-f-]{36}"/)
  for (const secret of [
    password,
    token,
    refresh as string,
    botToken,
    metricsToken,
    'a-consent-code-0123456789',
  ])
    expect(log).not.toContain(secret)
})

test('readiness tells what is wrong, and health stays what it is', async () => {
  const database = new pg.Client({ connectionString: fanfare.connectionString as string })
  await database.connect()
  try {
    await database.query("update migrations set name = name || '.hidden' where name like '0001%'")
    expect((await readiness()).reasons).toEqual(['The database lacks migrations: 0001_foundation.sql.'])
    await database.query("update migrations set name = replace(name, '.hidden', '')")
    expect(await readiness()).toEqual({ status: 'ready' })

    await database.query('alter table deliveries rename to deliveries_away')
    expect((await call('GET', '/readyz')).response.status).toBe(503)
    expect((await readiness()).reasons).toContain('The database does not answer.')
    expect((await call('GET', '/healthz')).response.status).toBe(200)
    expect((await call('GET', '/metrics', undefined, metricsToken)).text).toMatch(/^fanfare_database_up 0$/m)
    await database.query('alter table deliveries_away rename to deliveries')
    await vi.waitFor(async () => expect(await readiness()).toEqual({ status: 'ready' }), { timeout: 15_000 })
  } finally {
    await database.end()
  }
})

test('with nobody publishing, an API process is not ready', async () => {
  const api = await startFanfare({ args: ['--role', 'api'] })
  try {
    const answer = await fetch(`${api.url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'not_ready', reasons: ['No process is publishing.'] })
    const engine = await startFanfare({
      args: ['--role', 'engine'],
      connectionString: api.connectionString as string,
      dataDir: api.dataDir,
    })
    await vi.waitFor(async () => expect((await fetch(`${api.url}/readyz`)).status).toBe(200), {
      timeout: 15_000,
    })
    expect((await fetch(`${engine.url}/readyz`)).status).toBe(200)
    expect((await fetch(`${engine.url}/api/v1/workspaces`)).status).toBe(404)
    expect(await engine.kill('SIGTERM')).toBe(0)
    expect((await fetch(`${api.url}/readyz`)).status).toBe(503)
  } finally {
    await api.stop()
  }
})

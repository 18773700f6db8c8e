import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, testApp } from '../../test/app.ts'
import { type Bucket, memoryRateStore } from './rate-store.ts'

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms)

describe('a bucket', () => {
  const bucket: Bucket = { key: 'one', limit: 10, perMs: 1000 }

  test('lets a burst through and then the rate', async () => {
    const store = memoryRateStore()
    for (let left = 9; left >= 0; left--) {
      const taken = await store.take([bucket], at(0))
      expect(taken).toMatchObject({
        allowed: true,
        tightest: { limit: 10, remaining: left },
        retryAfterMs: 0,
      })
    }
    const refused = await store.take([bucket], at(0))
    expect(refused).toMatchObject({ allowed: false, retryAfterMs: 100 })
    expect(refused.tightest.fullAt).toEqual(at(1000))
    expect((await store.take([bucket], at(99))).allowed).toBe(false)
    expect((await store.take([bucket], at(100))).allowed).toBe(true)
    expect((await store.take([bucket], at(100))).allowed).toBe(false)
    for (let ms = 200; ms <= 2000; ms += 100) expect((await store.take([bucket], at(ms))).allowed).toBe(true)
  })

  test('never holds more than its limit, and a clock that steps back gives nothing', async () => {
    const store = memoryRateStore()
    await store.take([bucket], at(0))
    expect((await store.take([bucket], at(3_600_000))).tightest.remaining).toBe(9)
    expect((await store.take([bucket], at(0))).tightest.remaining).toBe(8)
  })

  test('is untouched when another one of the same request is empty', async () => {
    const store = memoryRateStore()
    const small: Bucket = { key: 'small', limit: 1, perMs: 1000 }
    expect((await store.take([bucket, small], at(0))).allowed).toBe(true)
    for (let times = 0; times < 5; times++)
      expect(await store.take([bucket, small], at(0))).toMatchObject({
        allowed: false,
        tightest: { limit: 1, remaining: 0 },
        retryAfterMs: 1000,
      })
    expect((await store.take([bucket], at(0))).tightest.remaining).toBe(8)
  })

  test('is forgotten when it is full, so memory follows who is active', async () => {
    const held = new Map()
    const store = memoryRateStore(held)
    for (let who = 0; who < 50_000; who++)
      await store.take([{ key: `who ${who}`, limit: 10, perMs: 1000 }], at(who))
    expect(held.size).toBeLessThanOrEqual(10_001)
  })

  test('takes back what turned out not to count, and no more than it holds', async () => {
    const store = memoryRateStore()
    await store.take([bucket], at(0))
    await store.giveBack([bucket], at(0))
    await store.giveBack([bucket], at(0))
    expect((await store.take([bucket], at(0))).tightest.remaining).toBe(9)
  })
})

describe('the native dialect', () => {
  let server: Awaited<ReturnType<typeof testApp>>
  beforeAll(async () => {
    server = await testApp({ rateLimits: memoryRateStore() })
    // Time stands still, so that what is left does not depend on how fast this machine is.
    const now = server.ctx.clock.now()
    server.ctx.clock.now = () => now
  })
  afterAll(() => server.close())

  const times = (count: number, ask: () => ReturnType<Caller>) =>
    Promise.all(Array.from({ length: count }, ask)).then((answers) =>
      answers.map((answer) => answer.statusCode),
    )

  test('a user may send ten at once; the eleventh is told when to come back', async () => {
    const user = await server.stranger('fast@example.com')
    const first = await user('GET', '/api/v1/workspaces')
    expect(first.headers).toMatchObject({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9' })
    expect(await times(9, () => user('GET', '/api/v1/workspaces'))).toEqual(Array(9).fill(200))
    const refused = await user('GET', '/api/v1/workspaces')
    expect(refused.statusCode).toBe(429)
    expect(refused.json().error).toMatchObject({
      code: 'RATE_LIMITED',
      details: [],
      requestId: expect.any(String),
    })
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Math.ceil(server.ctx.clock.now().getTime() / 1000) + 1),
    })
    const other = await server.stranger('other@example.com')
    expect((await other('GET', '/api/v1/workspaces')).statusCode).toBe(200)
  })

  test('a workspace has a hundred, whoever of its members asks, by whichever of its things', async () => {
    const founder = await server.stranger('team@example.com')
    const team = await Promise.all(Array.from({ length: 11 }, () => server.member(founder.workspaceId, [])))
    const urls = [`/api/v1/workspaces/${founder.workspaceId}`, `/api/v1/brands/${founder.brandId}`]
    const asked = await Promise.all(
      team.flatMap((member) =>
        Array.from({ length: 10 }, (_, index) => member('GET', urls[index % 2] ?? '')),
      ),
    )
    const statuses = asked.map((answer) => answer.statusCode)
    expect(statuses.filter((status) => status === 200)).toHaveLength(100)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
    const refused = asked.find((answer) => answer.statusCode === 429)
    expect(refused?.headers['x-ratelimit-limit']).toBe('100')
  })

  test('a stranger cannot use up a workspace', async () => {
    const founder = await server.stranger('calm@example.com')
    for (let who = 0; who < 11; who++) {
      const stranger = await server.stranger(`stranger-${who}@example.com`)
      expect(await times(10, () => stranger('GET', `/api/v1/brands/${founder.brandId}`))).toEqual(
        Array(10).fill(404),
      )
    }
    expect((await founder('GET', `/api/v1/brands/${founder.brandId}`)).statusCode).toBe(200)
  })

  test('other dialects and the documentation are not counted', async () => {
    expect(await times(20, () => server.app.inject({ url: '/docs/mypost.json' }))).toEqual(
      Array(20).fill(200),
    )
    const answers = await times(20, () => server.app.inject({ url: '/.well-known/jwks.json' }))
    expect(answers).toEqual(Array(20).fill(200))
  })
})

describe('guessing passwords', () => {
  let server: Awaited<ReturnType<typeof testApp>>
  beforeAll(async () => {
    server = await testApp()
  })
  afterAll(() => server.close())

  const logIn = (
    password: string,
    { email = 'owner@example.com', from = '192.0.2.1', url = '/api/v1/auth/login' } = {},
  ) => server.app.inject({ method: 'POST', url, remoteAddress: from, payload: { email, password } })

  test('ten wrong passwords from one place, then the right one has to wait, too; from elsewhere it works', async () => {
    for (let guess = 0; guess < 10; guess++) expect((await logIn(`guess ${guess}`)).statusCode).toBe(401)
    const refused = await logIn('password123')
    expect(refused.statusCode).toBe(429)
    expect(refused.json().error.code).toBe('RATE_LIMITED')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(20)
    expect((await logIn('password123', { email: 'OWNER@example.com' })).statusCode).toBe(429)
    expect((await logIn('password123', { url: '/admin/login' })).statusCode).toBe(429)
    expect((await logIn('password123', { from: '192.0.2.2' })).statusCode).toBe(200)
    server.clock.advance(31_000)
    expect((await logIn('password123')).statusCode).toBe(200)
    expect((await logIn('wrong')).statusCode).toBe(401)
  })

  test('logging in rightly is never slowed down', async () => {
    for (let time = 0; time < 12; time++)
      expect((await logIn('password123', { from: '192.0.2.3' })).statusCode).toBe(200)
  })
})

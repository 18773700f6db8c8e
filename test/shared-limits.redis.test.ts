/** Two processes that count requests together in a real Redis or Valkey, which goes away and comes back. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Fanfare, startFanfare } from './fanfare.ts'
import { type Redis, redisMissing, startRedis } from './peers/redis.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })
if (redisMissing) console.warn(`Two processes that share limits are not tried: ${redisMissing}`)

describe.skipIf(redisMissing)('two processes', () => {
  let redis: Redis
  let first: Fanfare
  let second: Fanfare

  beforeAll(async () => {
    redis = await startRedis()
    const env = { VALKEY_URL: redis.url, FANFARE_SECRET_KEY: 'k'.repeat(40) }
    first = await startFanfare({ env })
    second = await startFanfare({
      args: ['--role', 'api'],
      env,
      connectionString: first.connectionString as string,
    })
  })
  afterAll(async () => {
    await second?.stop()
    await first?.stop()
    await redis?.kill()
  })

  const logIn = async (at: Fanfare, password: string) =>
    (
      await fetch(`${at.url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'ada@example.org', password }),
      })
    ).status
  const ready = async (at: Fanfare) => (await (await fetch(`${at.url}/readyz`)).json()) as object

  test('share the count of wrong passwords', async () => {
    for (let guess = 0; guess < 10; guess++)
      expect(await logIn(guess % 2 ? first : second, 'a guess')).toBe(401)
    for (const at of [first, second]) expect(await logIn(at, 'a guess')).toBe(429)
  })

  test('answer while the counts are away, say so, and share them again later', async () => {
    await vi.waitFor(async () => expect(await ready(first)).toEqual({ status: 'ready' }), { timeout: 15_000 })
    await redis.kill()
    expect(await logIn(first, 'correct horse battery staple')).toBe(200)
    expect(await ready(first)).toEqual({ status: 'ready', warnings: [expect.stringContaining('Valkey')] })
    expect(first.logs()).toContain('Valkey does not answer')

    await redis.restart()
    await vi.waitFor(
      async () => {
        expect([200, 429]).toContain(await logIn(first, 'correct horse battery staple'))
        expect(await ready(first)).toEqual({ status: 'ready' })
      },
      { timeout: 30_000, interval: 300 },
    )
    expect(first.logs()).toContain('Valkey answers again')
    expect(first.logs()).not.toContain('a-secret-of-the-limits')
  })
})

/** Request limits that several servers share, against a real Redis or Valkey. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { testApp } from '../../test/app.ts'
import { type Redis, redisMissing, startRedis } from '../../test/peers/redis.ts'
import { type Bucket, memoryRateStore, type RateStore } from './rate-store.ts'
import { type SharedRateStore, sharedRateStore } from './shared-rate-store.ts'
import { valkeyRateStore } from './valkey-rate-store.ts'

if (redisMissing) console.warn(`Shared request limits are not tried: ${redisMissing}`)

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms)
let redis: Redis
let open: RateStore[] = []
let key = ''
let count = 0

describe.skipIf(redisMissing)('counted in a real Redis', () => {
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis?.kill())
  beforeEach(() => {
    key = `bucket ${++count}`
  })
  afterEach(async () => {
    await Promise.all(open.map((store) => store.close()))
    open = []
  })

  async function connected() {
    const store = valkeyRateStore(redis.url)
    open.push(store)
    await store.connect()
    return store
  }

  /** As main.ts puts it together, telling what the log would. */
  async function falling() {
    const told: string[] = []
    const valkey = await connected()
    const store = sharedRateStore({
      shared: valkey,
      monotonicMs: () => performance.now(),
      away: (error) => told.push(`away: ${(error as Error).message}`),
      back: () => told.push('back'),
    })
    open.push(store)
    return { store, told }
  }

  const bucket = (): Bucket => ({ key, limit: 10, perMs: 1000 })

  test('it counts as the store in memory does, request by request', async () => {
    const [memory, valkey] = [memoryRateStore(), await connected()]
    const buckets = [bucket(), { key: `${key} small`, limit: 3, perMs: 700 }]
    let seed = 7
    const chance = (below: number) => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed % below
    }
    let ms = 0
    for (let step = 0; step < 400; step++) {
      ms += chance(3) === 0 ? chance(400) : 0
      const asked = chance(2) === 0 ? buckets : buckets.slice(0, 1)
      if (chance(5) === 0) {
        await memory.giveBack(asked, at(ms))
        await valkey.giveBack(asked, at(ms))
      } else {
        const [expected, taken] = [await memory.take(asked, at(ms)), await valkey.take(asked, at(ms))]
        expect({ step, ...taken, retryAfterMs: Math.round(taken.retryAfterMs) }).toEqual({
          step,
          ...expected,
          retryAfterMs: Math.round(expected.retryAfterMs),
          tightest: { ...expected.tightest, fullAt: taken.tightest.fullAt },
        })
        expect(Math.abs(taken.tightest.fullAt.getTime() - expected.tightest.fullAt.getTime())).toBeLessThan(2)
      }
    }
  })

  test('of twenty requests over two processes at once, ten pass', async () => {
    const [one, two] = [await connected(), await connected()]
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).take([bucket()], at(0))),
    )
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(10)
  })

  test('a clock that is set back gives nothing, and does not lock anybody out for long', async () => {
    const store = await connected()
    for (let times = 0; times < 10; times++) await store.take([bucket()], at(500))
    expect((await store.take([bucket()], at(0))).allowed).toBe(false)
    expect((await store.take([bucket()], at(600))).allowed).toBe(true)
    expect((await store.take([bucket()], at(600))).allowed).toBe(false)
    expect((await store.take([bucket()], at(-3_600_000))).allowed).toBe(false)
    expect((await store.take([bucket()], at(-3_600_000 + 100))).allowed).toBe(true)
  })

  test('while it is away requests are counted here, without a wait, and together again when it is back', async () => {
    const { store, told } = await falling()
    expect((await store.take([bucket()], at(0))).tightest.remaining).toBe(9)
    expect(store.problem()).toBeNull()
    await redis.kill()
    // Counted in memory, where the bucket is full; the limit still holds.
    expect((await store.take([bucket()], at(0))).allowed).toBe(true)
    const startedAt = performance.now()
    for (let times = 0; times < 200; times++) await store.take([bucket()], at(0))
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect((await store.take([bucket()], at(0))).allowed).toBe(false)
    expect(told).toEqual([expect.stringContaining('away')])
    expect(told.join()).not.toContain('a-secret-of-the-limits')
    expect(store.problem()).toContain('Valkey')
    await redis.restart()
    await vi.waitFor(
      async () => {
        await store.take([{ ...bucket(), key: 'somebody' }], at(0))
        expect(told.at(-1)).toBe('back')
      },
      { timeout: 20_000, interval: 100 },
    )
    expect(store.problem()).toBeNull()
    expect((await store.take([bucket()], at(0))).tightest.remaining).toBe(9)
    expect(told).toHaveLength(2)
  })

  test('one that hangs costs a request a tenth of a second, and the next ones nothing', async () => {
    const { store } = await falling()
    await store.take([bucket()], at(0))
    redis.pause()
    try {
      const startedAt = performance.now()
      expect((await store.take([bucket()], at(0))).allowed).toBe(true)
      const firstMs = performance.now() - startedAt
      for (let times = 0; times < 9; times++) expect((await store.take([bucket()], at(0))).allowed).toBe(true)
      expect(firstMs).toBeGreaterThan(80)
      // Waiting each time would take 900 ms.
      expect(performance.now() - startedAt - firstMs).toBeLessThan(600)
    } finally {
      redis.resume()
    }
  })

  test('a wrong password is trouble for the log, not for requests', async () => {
    const told: string[] = []
    const valkey = valkeyRateStore(redis.url.replace('a-secret-of-the-limits', 'wrong'))
    await valkey.connect()
    const store: SharedRateStore = sharedRateStore({
      shared: valkey,
      monotonicMs: () => performance.now(),
      away: (error) => told.push(String(error)),
      back: () => told.push('back'),
    })
    open.push(store)
    expect((await store.take([bucket()], at(0))).allowed).toBe(true)
    expect(told).toEqual([expect.stringContaining('WRONGPASS')])
  })

  test('two servers share one count of a user, and of wrong passwords', async () => {
    const [first, second] = await Promise.all(
      [0, 1].map(async () => testApp({ rateLimits: (await falling()).store })),
    )
    if (!first || !second) throw new Error('Both were started')
    try {
      // The same person on both: what is counted is who asks, by whichever server.
      const now = first.ctx.clock.now()
      first.ctx.clock.now = second.ctx.clock.now = () => now
      const guess = (server: typeof first) =>
        server.app.inject({
          method: 'POST',
          url: '/api/v1/auth/login',
          payload: { email: 'owner@example.com', password: 'a guess' },
        })
      for (let tries = 0; tries < 10; tries++)
        expect((await guess(tries % 2 ? first : second)).statusCode).toBe(401)
      for (const server of [first, second]) expect((await guess(server)).statusCode).toBe(429)
    } finally {
      await Promise.all([first.close(), second.close()])
    }
  })
})

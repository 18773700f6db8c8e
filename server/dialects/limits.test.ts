import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../test/app.ts'
import { memoryRateStore } from '../http/rate-store.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp({ rateLimits: memoryRateStore() })
})
afterAll(() => server.close())

test('each dialect counts for itself: A by user, C by the tier of the key, and neither eats the native one’s', async () => {
  const { owner } = server
  const starter = (await owner('POST', '/admin/keys', { name: 'x', tier: 'starter' })).json().data.key.api_key
  const withKey = () => server.app.inject({ url: '/api/platforms', headers: { 'x-api-key': starter } })
  // Time stands still here, or a slow machine would earn tokens back.
  const at = server.ctx.clock.now()
  for (let sent = 1; sent <= 60; sent++) {
    server.clock.set(at)
    const [a, c] = [await owner('GET', '/api/v1/campaigns'), await withKey()]
    expect([
      a.statusCode,
      c.statusCode,
      a.headers['x-ratelimit-limit'],
      c.headers['x-ratelimit-remaining'],
    ]).toEqual([200, 200, '60', String(60 - sent)])
  }
  server.clock.set(at)
  const [a, c] = [await owner('GET', '/api/v1/campaigns'), await withKey()]
  expect([a.statusCode, a.json(), Number(a.headers['retry-after']) >= 1]).toEqual([
    429,
    { detail: 'Rate limit exceeded' },
    true,
  ])
  expect([c.statusCode, c.json().error.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED'])
  const b = await owner('GET', '/api/v1/workspaces')
  expect([b.statusCode, b.headers['x-ratelimit-limit']]).toEqual([200, '10'])
  server.clock.advance(2000)
  expect((await withKey()).statusCode).toBe(200)
})

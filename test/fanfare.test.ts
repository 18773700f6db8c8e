import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fanfare, startFanfare } from './fanfare.ts'

let fanfare: Fanfare

beforeAll(async () => {
  fanfare = await startFanfare()
})
afterAll(() => fanfare.stop())

const login = () =>
  fetch(`${fanfare.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.org', password: 'correct horse battery staple' }),
  })

test('the server listens, survives SIGKILL on the same port and data, and stops in order', async () => {
  const before = fanfare.url
  expect((await login()).status).toBe(200)
  await fanfare.kill('SIGKILL')
  await expect(fetch(fanfare.url)).rejects.toThrow()
  await fanfare.restart()
  expect(fanfare.url).toBe(before)
  expect((await login()).status).toBe(200)
  expect(await fanfare.kill('SIGTERM')).toBe(0)
  expect(fanfare.logs()).toContain('"msg":"stopped"')
  await fanfare.restart()
})

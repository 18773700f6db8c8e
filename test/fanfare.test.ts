import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Fanfare, startFanfare } from './fanfare.ts'

let fanfare: Fanfare

beforeAll(async () => {
  fanfare = await startFanfare()
})
afterAll(() => fanfare.stop())

test('the server listens, survives SIGKILL on the same port and data, and stops in order', async () => {
  const before = fanfare.url
  await fanfare.kill('SIGKILL')
  await expect(fetch(fanfare.url)).rejects.toThrow()
  await fanfare.restart()
  expect(fanfare.url).toBe(before)
  expect((await fetch(fanfare.url)).status).toBe(404)
  expect(await fanfare.kill('SIGTERM')).toBe(0)
  expect(fanfare.logs()).toContain('"msg":"stopped"')
  await fanfare.restart()
})

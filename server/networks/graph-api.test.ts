import { expect, test } from 'vitest'
import type { HttpAnswer } from '../net/http.ts'
import { appUsageIn, sendGraph } from './graph-api.ts'
import type { AppBudget } from './network.ts'

const now = new Date('2026-12-01T10:00:00Z')
const inMs = (ms: number) => new Date(now.getTime() + ms)

function answer(status: number, json: unknown, headers: Record<string, string> = {}): HttpAnswer {
  const text = JSON.stringify(json)
  return {
    kind: 'answer',
    status,
    ok: status < 300,
    headers: new Headers(headers),
    bytes: Buffer.from(text),
    text,
    json,
    url: 'https://graph.facebook.com',
  }
}

test('the usage of the app is the highest of its percentages, whatever they count', () => {
  const usage = { call_count: 28, total_time: 91, total_cputime: 3 }
  expect(appUsageIn(answer(200, {}, { 'x-app-usage': JSON.stringify(usage) }), now)).toEqual({
    left: 9,
    limit: 100,
    resetsAt: inMs(15 * 60_000),
  })
  expect(appUsageIn(answer(200, {}, { 'x-app-usage': '{"call_count":130}' }), now)).toMatchObject({ left: 0 })
})

test('the code for the limit of the app leaves nothing, until what the answer says', () => {
  const body = { error: { code: 4, message: 'Application request limit reached' } }
  expect(appUsageIn(answer(400, body, { 'retry-after': '60' }), now)).toMatchObject({
    left: 0,
    resetsAt: inMs(60_000),
  })
})

test('limits of a page or a person, and headers that make no sense, say nothing of the app', () => {
  expect(appUsageIn(answer(400, { error: { code: 32 } }), now)).toBeNull()
  expect(appUsageIn(answer(200, {}, { 'x-app-usage': 'none' }), now)).toBeNull()
  expect(appUsageIn({ kind: 'no_answer', why: 'cut' }, now)).toBeNull()
})

test('every request of an account tells it', async () => {
  const told: AppBudget[] = []
  const ctx = {
    http: {
      send: async () => answer(200, {}, { 'x-app-usage': '{"call_count":100}' }),
      close: async () => undefined,
    },
    origin: () => 'https://graph.facebook.com',
    signal: new AbortController().signal,
    now: () => now,
    appBudget: (budget: AppBudget) => void told.push(budget),
  }
  await sendGraph(ctx, 'token', { method: 'GET', path: '/me' })
  expect(told).toMatchObject([{ left: 0, limit: 100 }])
})

import { expect, test } from 'vitest'
import { budgetIn, failureOf } from './failure.ts'
import { answer } from './test-account.ts'

const now = new Date('2026-11-22T10:00:00Z')
const json = { 'content-type': 'application/json' }
const failure = (status: number, body: unknown, headers: Record<string, string> = json) =>
  failureOf(answer(status, body, headers), 'publish the post', now)

/** Answers of the reference server, as observed on 22 November 2026, and what they mean for a delivery. */
test.each([
  [400, 'ExpiredToken', 'reconnect'],
  [400, 'InvalidToken', 'reconnect'],
  [401, 'AuthMissing', 'reconnect'],
  [401, 'AuthenticationRequired', 'reconnect'],
  [400, 'AccountTakedown', 'reconnect'],
  [403, 'AccountNotFound', 'reconnect'],
  [400, 'RepoDeactivated', 'reconnect'],
  [400, 'InvalidRequest', 'permanent'],
  [400, 'InvalidMimeType', 'permanent'],
  [413, 'PayloadTooLarge', 'permanent'],
  [403, 'InvalidRequest', 'permanent'],
  [400, 'BlobNotFound', 'transient'],
  [502, 'UpstreamFailure', 'transient'],
  [400, 'UpstreamTimeout', 'transient'],
  [500, 'InternalServerError', 'transient'],
  [429, 'RateLimitExceeded', 'rate_limited'],
])('%i %s is %s', (status, error, expected) => {
  const { class: found, message, remedy } = failure(status, { error, message: 'Its words' })
  expect(found).toBe(expected)
  expect(message).not.toBe('')
  expect(remedy).not.toBe('')
})

test('until when to wait is read by the clock of the server that says it', () => {
  const wait = (headers: Record<string, string>) =>
    failure(429, { error: 'RateLimitExceeded' }, headers).retryAfterMs
  const second = now.getTime() / 1000
  expect(wait({ 'ratelimit-reset': String(second + 90) })).toBe(90_000)
  const hourAhead = new Date(now.getTime() + 3_600_000).toUTCString()
  expect(wait({ 'ratelimit-reset': String(second + 3600 + 90), date: hourAhead })).toBe(90_000)
  expect(wait({ 'retry-after': '7' })).toBe(7_000)
  expect(wait({ 'ratelimit-reset': String(second - 90) })).toBe(1_000)
  expect(wait({ 'ratelimit-reset': String(second + 10_000_000) })).toBe(24 * 3_600_000)
  expect(wait({ 'retry-after': 'soon' })).toBe(300_000)
})

test('a page of something in between is not taken for the server', () => {
  const html = { 'content-type': 'text/html' }
  expect(failure(404, '<html>', html)).toMatchObject({ class: 'administrator', rule: 'bluesky.not_a_pds' })
  expect(failure(503, '<html>', html)).toMatchObject({ class: 'transient' })
  expect(failure(418, '<html>', html)).toMatchObject({ class: 'transient', rule: 'bluesky.not_a_pds' })
})

test('long words of a server are cut, and its name for the error becomes the rule', () => {
  const long = failure(400, { error: 'SomethingNew', message: 'x'.repeat(5_000) })
  expect(long.rule).toBe('bluesky.something_new')
  expect(long.message.length).toBeLessThan(400)
})

test('what is left of the hour is told to the engine in writes, by the clock of the server', () => {
  const second = now.getTime() / 1000
  const left = (headers: Record<string, string>) => budgetIn(answer(200, {}, headers), now)
  expect(left({ 'ratelimit-remaining': '31', 'ratelimit-reset': String(second + 60) })).toEqual({
    left: 10,
    resetsAt: new Date(now.getTime() + 60_000),
  })
  expect(left({ 'ratelimit-remaining': '2', 'ratelimit-reset': String(second - 60) })).toEqual({
    left: 0,
    resetsAt: now,
  })
  expect(left({ 'ratelimit-remaining': '31' })).toBeNull()
  expect(left({})).toBeNull()
})

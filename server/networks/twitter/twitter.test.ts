import { expect, test } from 'vitest'
import { checkDraft } from '../../domain/check-draft.ts'
import type { HttpAnswer } from '../../net/http.ts'
import { draftOf } from '../conformance-samples.ts'
import type { AccountContext, PublishContext, Write } from '../network.ts'
import { appBudgetIn, budgetIn, failureOf } from './failure.ts'
import { twitter } from './index.ts'
import { limitsFor, measure } from './limits.ts'
import { postIdIn } from './options.ts'
import { exchangeRefreshToken } from './session.ts'

const now = new Date('2026-11-22T10:00:00Z')

function answer(status: number, json: unknown, headers: Record<string, string> = {}): HttpAnswer {
  const text = JSON.stringify(json)
  const bytes = Buffer.from(text)
  const ok = status >= 200 && status < 300
  return {
    kind: 'answer',
    status,
    ok,
    headers: new Headers(headers),
    bytes,
    text,
    json,
    url: 'https://api.x.com',
  }
}

/** An account whose requests are answered by hand. */
const context = (respond: (url: string, method: string) => HttpAnswer) =>
  ({
    http: { send: async ({ url, method }: { url: string; method: string }) => respond(url, method) },
    origin: (role = 'api') => (role === 'api' ? 'https://api.x.com' : 'https://x.com'),
    account: { id: 'a', externalId: '7', name: 'Ada', handle: 'ada', settings: {}, limits: twitter.limits },
    secret: {
      current: async () => ({ accessToken: 'access', refreshToken: null }),
      refresh: async () => ({ outcome: 'done', value: null }),
    },
    app: { clientId: 'app', clientSecret: null },
    now: () => now,
    signal: new AbortController().signal,
    media: [],
    step: async (_name: string, work: () => Promise<unknown>) => work(),
  }) as unknown as PublishContext

const writeOf = (text: string): Write => ({
  kind: 'post',
  key: 'k',
  payload: { body: { text }, answersPrevious: false },
})
const listed = (...data: object[]) => answer(200, { data, meta: { result_count: data.length } })
const look = (text: string, list: HttpAnswer) =>
  twitter.lookup(
    context(() => list),
    writeOf(text),
    [],
    now,
  )

test('text is weighed as X weighs it', () => {
  expect(measure('a'.repeat(280))).toBe(280)
  expect(measure('日本')).toBe(4)
  expect(measure('👨‍👩‍👧‍👦')).toBe(2)
  expect(measure('https://example.com/a/very/long/address?that=goes&on=and-on')).toBe(23)
  expect(measure('e\u0301')).toBe(1)
})

test('subscribers may write long posts', () => {
  expect(limitsFor('None').text.max).toBe(280)
  expect(limitsFor('Premium').text.max).toBe(25_000)
  expect(limitsFor(undefined).text.max).toBe(280)
})

test('a post is found again through what X does to its text', async () => {
  const post = {
    id: '12',
    text: 'Bread &amp; butter &lt;3 https://t.co/abc https://t.co/pic',
    entities: {
      urls: [
        { url: 'https://t.co/abc', expanded_url: 'https://example.com/a/' },
        { url: 'https://t.co/pic', expanded_url: 'https://x.com/ada/status/12/photo/1', media_key: '3_1' },
      ],
    },
  }
  expect(await look('Bread & butter <3 https://example.com/a', listed(post))).toEqual({
    outcome: 'published',
    externalId: '12',
    url: 'https://x.com/ada/status/12',
  })
  expect(await look('Bread & butter <3', listed(post))).toEqual({ outcome: 'absent' })
})

test('absence is claimed only where the list reaches back to the fence and the text tells posts apart', async () => {
  const many = Array.from({ length: 100 }, (_, index) => ({ id: String(index), text: `Post ${index}` }))
  expect(await look('Another', listed(...many))).toMatchObject({ outcome: 'unknown' })
  expect(await look('', listed({ id: '1', text: '' }))).toMatchObject({ outcome: 'unknown' })
  expect(await look('Another', answer(503, {}))).toMatchObject({ outcome: 'unknown' })
  expect(await look('Another', answer(200, { meta: { result_count: 0 } }))).toEqual({ outcome: 'absent' })
})

test('the refusal of the same text is success when the text is there, and a failure when it is not', async () => {
  const duplicate = answer(403, {
    title: 'Forbidden',
    type: 'about:blank',
    detail: 'You are not allowed to create a Tweet with duplicate content.',
  })
  const publishing = (list: HttpAnswer) =>
    twitter.commit(
      context((_url, method) => (method === 'POST' ? duplicate : list)),
      writeOf('Twice'),
      [],
    )
  expect(await publishing(listed({ id: '12', text: 'Twice' }))).toMatchObject({
    outcome: 'accepted',
    externalId: '12',
  })
  expect(await publishing(listed({ id: '12', text: 'Once' }))).toMatchObject({
    outcome: 'rejected',
    failure: { class: 'permanent', rule: 'twitter.duplicate' },
  })
})

test.each([
  [401, { type: 'about:blank', title: 'Unauthorized' }, 'reconnect'],
  [403, { type: 'https://api.x.com/2/problems/client-forbidden', detail: 'Not enrolled' }, 'administrator'],
  [
    403,
    {
      type: 'about:blank',
      detail: 'Reply to this conversation is not allowed because you have not been mentioned',
    },
    'administrator',
  ],
  [403, { type: 'https://api.x.com/2/problems/usage-capped', detail: 'Usage cap exceeded' }, 'administrator'],
  [402, { title: 'CreditsDepleted' }, 'administrator'],
  [
    400,
    { type: 'https://api.x.com/2/problems/invalid-request', detail: 'Your Tweet text is too long.' },
    'permanent',
  ],
  [429, { type: 'https://api.x.com/2/problems/usage-capped' }, 'administrator'],
  [429, { title: 'Too Many Requests' }, 'rate_limited'],
  [503, { title: 'Service Unavailable' }, 'transient'],
])('%i %j is %s', (status, body, expected) => {
  const failure = failureOf(answer(status, body), 'publish the post', now)
  expect(failure.class).toBe(expected)
  expect(failure.remedy).not.toBe('')
})

const second = (minutes: number) => String(now.getTime() / 1000 + minutes * 60)
const windowOf = (name: string, left: number, minutes: number) => ({
  [`${name}-limit`]: '100',
  [`${name}-remaining`]: String(left),
  [`${name}-reset`]: second(minutes),
})

test('the budget of an account is the scarcer of its two windows, that of the app is told apart', () => {
  const quarter = windowOf('x-rate-limit', 40, 15)
  const day = windowOf('x-user-limit-24hour', 3, 600)
  const app = windowOf('x-app-limit-24hour', 0, 700)
  const made = (...headers: object[]) => answer(201, {}, Object.assign({}, ...headers))
  expect(budgetIn(made(quarter, app), now)).toMatchObject({ left: 40 })
  expect(budgetIn(made(quarter, day), now)).toEqual({
    left: 3,
    limit: 100,
    resetsAt: new Date(now.getTime() + 600 * 60_000),
  })
  expect(appBudgetIn(made(quarter, day), now)).toBeNull()
  expect(appBudgetIn(made(quarter, app), now)).toMatchObject({ left: 0, limit: 100 })
  const refused = answer(429, {}, { ...quarter, ...day, ...app })
  expect(failureOf(refused, 'publish', now).retryAfterMs).toBe(700 * 60_000)
})

test('only the no of X ends the connection', async () => {
  const renewing = async (refreshed: HttpAnswer) => {
    const ctx = context(() => refreshed) as AccountContext
    const result = await exchangeRefreshToken(ctx, { accessToken: 'a', refreshToken: 'r' })
    return result.outcome === 'failed' ? result.failure.class : result.outcome
  }
  expect(await renewing(answer(200, { access_token: 'b', expires_in: 7200 }))).toBe('done')
  expect(await renewing(answer(400, { error: 'invalid_request' }))).toBe('reconnect')
  expect(await renewing(answer(503, {}))).toBe('transient')
  expect(await renewing(answer(429, {}))).toBe('rate_limited')
  expect(await renewing({ kind: 'no_answer', why: 'No answer in time' })).toBe('transient')
})

test('what the common check cannot know is checked as well', () => {
  const file = (mimeType: string) => ({
    id: mimeType,
    kind: 'image' as const,
    mimeType,
    filename: 'a',
    bytes: 10,
    width: 10,
    height: 10,
    durationMs: null,
    altText: null,
  })
  const rules = (changes: Parameters<typeof draftOf>[0]) =>
    checkDraft(twitter, draftOf(changes), twitter.limits).map(({ rule }) => rule)
  expect(rules({ text: 'x', media: [file('image/gif')], contentType: 'image' })).toEqual([])
  expect(
    rules({ text: 'x', media: [file('image/gif'), file('image/png')], contentType: 'carousel' }),
  ).toEqual(['twitter.gif_alone'])
  expect(rules({ text: 'Buy $ABC and $DEF' })).toEqual(['twitter.too_many_cashtags'])
  expect(rules({ text: 'It costs $5 and $6, buy $ABC' })).toEqual([])
  expect(rules({ text: 'x', options: { replyTo: 'https://example.com' } })).toEqual([
    'twitter.reply_address_invalid',
  ])
  expect(postIdIn('https://x.com/ada/status/123?s=20')).toBe('123')
})

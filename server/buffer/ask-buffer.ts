import type { Answered, Http, HttpAnswer } from '../net/http.ts'
import { asList, asNumber, asRecord, asString, at } from '../net/read-json.ts'

/**
 * One conversation with Buffer's GraphQL API (https://developers.buffer.com, read in November 2026): always a POST to
 * one address, with a personal API key or an OAuth token as a bearer.
 */
export interface BufferAccess {
  http: Http
  /** Without a trailing slash. */
  origin: string
  token: string
  now(): Date
  /** What Buffer said of its rate limit, after each answer. */
  onBudget(budget: BufferBudget): Promise<void>
}

/** Where it is; `BUFFER_BASE_URL` and the sandbox stand for it as they do for a network. */
export const bufferApi = { id: 'buffer', name: 'Buffer', origins: { api: 'https://api.buffer.com' } }

/** What is left of Buffer's rolling windows, as far as its headers tell; `blockedUntil` after a 429. */
export interface BufferBudget {
  left: number | null
  resetsAt: Date | null
  blockedUntil: Date | null
}

/** What came of one request. Only `unknown` leaves open whether Buffer acted on it. */
export type BufferAnswer<T> =
  | { outcome: 'done'; value: T }
  /** Buffer understood it and will not do it. */
  | { outcome: 'refused'; reason: BufferRefusal; message: string }
  /** The rate limit; certainly not done. */
  | { outcome: 'busy'; retryAfterMs: number }
  /** Never reached Buffer; certainly not done. */
  | { outcome: 'away'; why: string }
  /** Sent, and no usable answer came. */
  | { outcome: 'unknown'; why: string }

export type BufferRefusal = 'invalid' | 'not_found' | 'limit_reached' | 'unauthorized'

/** AR18. */
export const bufferTimeoutMs = 30_000

/** When Buffer limits without saying until when: a bit of its shortest window, which is 15 minutes. */
const busyMsDefault = 60_000
/** Its longest window is 30 days; looked at once a day, in case its clock or ours is wrong. */
const busyMsMax = 24 * 3_600_000

/** Sends one document. A query that comes back `unknown` may be repeated; a mutation may not. */
export async function askBuffer(
  access: BufferAccess,
  query: string,
  variables: Record<string, unknown>,
): Promise<BufferAnswer<Record<string, unknown>>> {
  const answer = await access.http.send({
    method: 'POST',
    url: access.origin,
    headers: { authorization: `Bearer ${access.token}` },
    json: { query, variables },
    timeoutMs: bufferTimeoutMs,
  })
  if (answer.kind === 'answer') await access.onBudget(budgetOf(answer, access.now()))
  return meaningOf(answer, access.now())
}

function meaningOf(answer: HttpAnswer, now: Date): BufferAnswer<Record<string, unknown>> {
  if (answer.kind === 'not_sent') return { outcome: 'away', why: answer.why }
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  const { status, json } = answer
  if (status === 429) return { outcome: 'busy', retryAfterMs: retryAfterMs(answer, now) }
  const [error] = asList(at(json, 'errors'))
  if (error !== undefined) return errorMeaning(answer, error, now)
  const data = asRecord(at(json, 'data'))
  if (answer.ok && data) return { outcome: 'done', value: data }
  if (status === 401 || status === 403)
    return { outcome: 'refused', reason: 'unauthorized', message: 'Buffer rejected the token' }
  if (status >= 400 && status < 500)
    return { outcome: 'refused', reason: 'invalid', message: `Buffer answered ${status}` }
  return { outcome: 'unknown', why: `Buffer answered ${status} without a result` }
}

/** `errors[].extensions.code` (https://developers.buffer.com/guides/error-handling.html); those of the GraphQL server itself are refusals too. */
const refusals: Record<string, BufferRefusal> = {
  UNAUTHENTICATED: 'unauthorized',
  UNAUTHORIZED: 'unauthorized',
  FORBIDDEN: 'unauthorized',
  NOT_FOUND: 'not_found',
  BAD_USER_INPUT: 'invalid',
  GRAPHQL_PARSE_FAILED: 'invalid',
  GRAPHQL_VALIDATION_FAILED: 'invalid',
}

function errorMeaning(answer: Answered, error: unknown, now: Date): BufferAnswer<Record<string, unknown>> {
  const code = asString(at(error, 'extensions', 'code')) ?? ''
  const message = asString(at(error, 'message')) ?? `Buffer answered ${code || answer.status}`
  if (code === 'RATE_LIMIT_EXCEEDED') return { outcome: 'busy', retryAfterMs: retryAfterMs(answer, now) }
  const reason =
    refusals[code] ?? (answer.status === 401 || answer.status === 403 ? 'unauthorized' : undefined)
  if (reason) return { outcome: 'refused', reason, message }
  return { outcome: 'unknown', why: message }
}

/**
 * The newer `Retry-After` in seconds, the older `retryAfter` in the body, or the reset of the limit
 * (https://developers.buffer.com/guides/api-limits.html).
 */
function retryAfterMs(answer: Answered, now: Date): number {
  const [error] = asList(at(answer.json, 'errors'))
  const seconds =
    numberIn(answer.headers.get('retry-after')) ??
    asNumber(at(error, 'extensions', 'retryAfter')) ??
    asNumber(at(answer.json, 'retryAfter'))
  const resetsAt = resetOf(answer, now)
  const ms = seconds !== undefined ? seconds * 1000 : resetsAt ? resetsAt.getTime() - now.getTime() : NaN
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1000), busyMsMax) : busyMsDefault
}

function budgetOf(answer: Answered, now: Date): BufferBudget {
  const [error] = asList(at(answer.json, 'errors'))
  const isOver = answer.status === 429 || asString(at(error, 'extensions', 'code')) === 'RATE_LIMIT_EXCEEDED'
  return {
    left: isOver ? 0 : (windowOf(answer)?.left ?? null),
    resetsAt: resetOf(answer, now),
    blockedUntil: isOver ? new Date(now.getTime() + retryAfterMs(answer, now)) : null,
  }
}

/** Past this, the number of a reset is an instant in seconds rather than a wait. */
const epochSecondsMin = 1_000_000_000

function resetOf(answer: Answered, now: Date): Date | null {
  const reset = windowOf(answer)?.reset
  if (reset === undefined) return null
  return new Date(reset >= epochSecondsMin ? reset * 1000 : now.getTime() + reset * 1000)
}

/**
 * The tightest of Buffer's windows: `RateLimit: "100-in-15min";r=99;t=900, "250-in-1day";r=3;t=80000`, or the older
 * headers, one window each.
 */
function windowOf({ headers }: Answered): { left: number; reset: number | undefined } | null {
  const windows = [...(headers.get('ratelimit') ?? '').matchAll(/;\s*r=(\d+)(?:\s*;\s*t=(\d+))?/g)].map(
    ([, left, reset]) => ({ left: Number(left), reset: numberIn(reset) }),
  )
  const left = numberIn(headers.get('ratelimit-remaining'))
  if (left !== undefined) windows.push({ left, reset: numberIn(headers.get('ratelimit-reset')) })
  return windows.sort((a, b) => a.left - b.left)[0] ?? null
}

function numberIn(text: string | null | undefined): number | undefined {
  if (!text || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined
  return asNumber(Number(text))
}

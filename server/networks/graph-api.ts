/**
 * What Facebook, Instagram and Threads have in common: Meta's Graph API, its way of asking and its way of saying no.
 * Each network adds the codes that only it has.
 */
import type { Failure } from '../domain/delivery.ts'
import type { Answered, Http, HttpAnswer, HttpRequest } from '../net/http.ts'
import type { AppBudget, Json } from './network.ts'

/** As much of a context as asking needs; connecting and account contexts fit. */
export interface GraphContext {
  http: Http
  origin(role?: string): string
  signal: AbortSignal
  now(): Date
  appBudget?(told: AppBudget): void
}

export interface GraphRequest
  extends Pick<HttpRequest, 'query' | 'form' | 'multipart' | 'headers' | 'bytes' | 'stream'> {
  method: 'GET' | 'POST' | 'DELETE'
  /** Below the origin, with the version: `/v1.0/me`. */
  path: string
  role?: string
  /** 30 s unless told otherwise. */
  timeoutMs?: number
}

/**
 * Asks once. The token travels in the header rather than in the address, where Meta's older examples have it, so that
 * no log of addresses holds it.
 */
export async function sendGraph(
  ctx: GraphContext,
  token: string | null,
  { path, role, headers, ...request }: GraphRequest,
): Promise<HttpAnswer> {
  const answer = await ctx.http.send({
    timeoutMs: 30_000,
    ...request,
    url: `${ctx.origin(role)}${path}`,
    headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
    signal: ctx.signal,
  })
  const told = appUsageIn(answer, ctx.now())
  if (told) ctx.appBudget?.(told)
  return answer
}

/** The body of a good answer when it is an object. */
export function graphObject(answer: HttpAnswer): Record<string, Json> | undefined {
  return answer.kind === 'answer' && answer.ok && !graphError(answer) ? asRecord(answer.json) : undefined
}

/** The objects of a list (`{data: [...]}`). */
export function graphList(answer: HttpAnswer): Record<string, Json>[] | undefined {
  const data = graphObject(answer)?.data
  return Array.isArray(data) ? data.map(asRecord).filter((one) => one !== undefined) : undefined
}

export const asRecord = (value: unknown): Record<string, Json> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, Json>)
    : undefined

export const asString = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

export const asCount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined

/** Ids are strings, but some answers have them as numbers. */
export const asId = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** What is left of a clock's error after it was corrected by the answer's own date, which has whole seconds. */
const clockSlackMs = 3_000

/** The fence's instant by Meta's clock: what was published since then may be ours. Milliseconds since 1970. */
export function sinceFence(answer: HttpAnswer, now: Date, fencedAt: Date): number {
  const told = answer.kind === 'answer' ? Date.parse(answer.headers.get('date') ?? '') : Number.NaN
  const aheadMs = Number.isFinite(told) ? told - now.getTime() : 0
  return fencedAt.getTime() + aheadMs - clockSlackMs
}

// ---------------------------------------------------------------- saying no

/** The error body of the Graph API (docs/graph-api/guides/error-handling, read 2026-11-22). */
export interface GraphError {
  code: number
  subcode: number | null
  isTransient: boolean
  /** For people, where Meta wrote it for them. */
  words: string
}

export function graphError(answer: HttpAnswer): GraphError | undefined {
  const error = answer.kind === 'answer' ? asRecord(asRecord(answer.json)?.error) : undefined
  if (!error) return undefined
  return {
    code: Number(error.code ?? 0),
    subcode: typeof error.error_subcode === 'number' ? error.error_subcode : null,
    isTransient: error.is_transient === true,
    words: withoutTokens(asString(error.error_user_msg) ?? asString(error.message) ?? ''),
  }
}

/** Meta repeats a malformed token in its message; whatever looks like one is left out. */
const withoutTokens = (text: string) => text.replaceAll(/[A-Za-z0-9_|-]{32,}/g, '...').slice(0, 300)

/** What a code means and what a person can do; keys are `code/subcode` or `code`. */
export type GraphCodes = Readonly<Record<string, GraphMeaning>>

export interface GraphMeaning {
  class: Failure['class']
  /** After the network's id: `quota_reached`. */
  rule: string
  remedy: string
}

export interface GraphNetwork {
  id: string
  name: string
  codes: GraphCodes
}

const wait = 'Nothing to do: it is tried again.'
const reconnect = 'Reconnect the account; its access was revoked, has ended, or the password was changed.'
const grantAll =
  'Reconnect the account and allow everything that is asked; its owner may have lost a role on the page.'

/** Read 2026-11-22 on developers.facebook.com/docs/graph-api/guides/error-handling and .../overview/rate-limiting. */
const commonCodes: GraphCodes = {
  '1': { class: 'transient', rule: 'server_error', remedy: wait },
  '2': { class: 'transient', rule: 'server_error', remedy: wait },
  '3': {
    class: 'administrator',
    rule: 'capability',
    remedy: 'The app lacks a capability at Meta. Its operator has to ask for it in the App Dashboard.',
  },
  '4': { class: 'rate_limited', rule: 'rate_limited', remedy: wait },
  '10': {
    class: 'administrator',
    rule: 'permission',
    remedy:
      'The app lacks a permission at Meta, or its review. Its operator has to ask for it; then reconnect the account.',
  },
  '17': { class: 'rate_limited', rule: 'rate_limited', remedy: wait },
  '32': { class: 'rate_limited', rule: 'rate_limited', remedy: wait },
  '100/33': {
    class: 'permanent',
    rule: 'not_found',
    remedy: 'What the post refers to is gone or not accessible to this account. Remove it from the post.',
  },
  '102': { class: 'reconnect', rule: 'token_invalid', remedy: reconnect },
  '190': { class: 'reconnect', rule: 'token_invalid', remedy: reconnect },
  '341': { class: 'rate_limited', rule: 'rate_limited', remedy: wait },
  '368': {
    class: 'rate_limited',
    rule: 'blocked',
    remedy: 'Meta has blocked the account for a while for what it posted. Look at its account status there.',
  },
  '506': {
    class: 'permanent',
    rule: 'duplicate',
    remedy: 'The same text was posted a moment ago. Change it, then retry.',
  },
  '613': { class: 'rate_limited', rule: 'rate_limited', remedy: wait },
}

/** When nobody says until when: the windows of the Graph API slide, so a quarter of an hour brings something back. */
const retryAfterMsDefault = 15 * 60_000
const retryAfterMsMax = 24 * 3_600_000
/** A block for policy is not lifted within minutes. */
const blockedMs = 6 * 3_600_000

/**
 * What a refused or lost request means: by code and subcode; the words are shown, never interpreted.
 * @param tried in the words of a sentence: `publish the post`
 */
export function graphFailure(network: GraphNetwork, answer: HttpAnswer, tried: string): Failure {
  const rule = (name: string) => `${network.id}.${name}`
  if (answer.kind === 'not_sent' && answer.blocked)
    return {
      class: 'administrator',
      rule: rule('address_blocked'),
      message: `Could not ${tried}: ${answer.why}.`,
      remedy: 'Set FANFARE_ALLOW_PRIVATE_ADDRESSES if this address is meant to be reached.',
    }
  if (answer.kind !== 'answer')
    return {
      class: 'transient',
      rule: rule('unreachable'),
      message: `Could not ${tried}: ${answer.why}`,
      remedy: wait,
    }
  const error = graphError(answer)
  const meaning = meaningOf(network, answer, error)
  return {
    class: meaning.class,
    rule: rule(meaning.rule),
    message: `${network.name} refused to ${tried}${said(error, meaning, answer)}`,
    remedy: meaning.remedy,
    ...(meaning.class === 'rate_limited' && { retryAfterMs: retryAfterMs(answer, error) }),
  }
}

/** A dead token needs no words of Meta's: they would be about the token. */
function said(error: GraphError | undefined, meaning: GraphMeaning, answer: Answered): string {
  if (meaning.rule === 'token_invalid') return ': it no longer accepts our access.'
  return error?.words ? `: ${error.words}` : ` (${answer.status})`
}

function meaningOf(network: GraphNetwork, answer: Answered, error: GraphError | undefined): GraphMeaning {
  if (error) {
    const exact = `${error.code}/${error.subcode}`
    const known =
      network.codes[exact] ?? commonCodes[exact] ?? network.codes[error.code] ?? commonCodes[error.code]
    if (known) return known
    if (error.code >= 200 && error.code <= 299)
      return { class: 'reconnect', rule: 'permission_missing', remedy: grantAll }
    if (error.code >= 80_000 && error.code <= 80_014)
      return { class: 'rate_limited', rule: 'rate_limited', remedy: wait }
    if (error.isTransient) return { class: 'transient', rule: 'server_error', remedy: wait }
  }
  if (answer.status === 429) return { class: 'rate_limited', rule: 'rate_limited', remedy: wait }
  if (answer.status >= 500 || answer.status === 408)
    return { class: 'transient', rule: 'server_error', remedy: wait }
  if (answer.status === 401) return { class: 'reconnect', rule: 'token_invalid', remedy: reconnect }
  return {
    class: 'permanent',
    rule: 'rejected',
    remedy: 'Change the post so that it meets the rule, then retry.',
  }
}

function retryAfterMs(answer: Answered, error: GraphError | undefined): number {
  if (error?.code === 368) return blockedMs
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  const wanted = Number.isFinite(seconds) ? seconds * 1000 : (regainMs(answer) ?? retryAfterMsDefault)
  return Math.min(Math.max(wanted, 1000), retryAfterMsMax)
}

/**
 * `X-App-Usage` tells how much of its calls and times the app has used, for all its users, in percent; code 4 that it is
 * all (docs/graph-api/overview/rate-limiting, read 2026-12-01). The window slides over an hour, and nobody says when
 * something comes back: it is looked again after a while.
 */
export function appUsageIn(answer: HttpAnswer, now: Date): AppBudget | null {
  if (answer.kind !== 'answer') return null
  const used = Object.values(usageIn(answer, 'x-app-usage')).map((percent) => asCount(percent) ?? 0)
  const error = graphError(answer)
  if (used.length === 0 && error?.code !== 4) return null
  const left = error?.code === 4 ? 0 : Math.max(0, 100 - Math.max(...used))
  const waitMs = error ? retryAfterMs(answer, error) : retryAfterMsDefault
  return { left, limit: 100, resetsAt: new Date(now.getTime() + waitMs) }
}

function usageIn(answer: Answered, header: string): Record<string, Json> {
  try {
    return asRecord(JSON.parse(answer.headers.get(header) ?? 'null')) ?? {}
  } catch {
    return {} // no JSON: as good as no header
  }
}

/**
 * `X-Business-Use-Case-Usage` names, for each use case, the minutes until requests are taken again
 * (docs/graph-api/overview/rate-limiting, read 2026-11-22). The longest one is waited for.
 */
function regainMs(answer: Answered): number | null {
  const minutes = Object.values(usageIn(answer, 'x-business-use-case-usage'))
    .flat()
    .map((one) => asCount(asRecord(one)?.estimated_time_to_regain_access) ?? 0)
  const longest = Math.max(0, ...minutes)
  return longest > 0 ? longest * 60_000 : null
}

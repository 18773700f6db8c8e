import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asList, asRecord, asString } from '../../net/read-json.ts'
import type { AppBudget } from '../network.ts'

/** X's windows are 15 minutes (docs.x.com, fundamentals/rate-limits). */
const retryAfterMsDefault = 15 * 60_000
const retryAfterMsMax = 24 * 60 * 60_000

/** The last word of the problem's type: `invalid-request`, `usage-capped`; empty for `about:blank`. */
const problemOf = (answer: Answered): string =>
  /\/problems\/([\w-]+)$/.exec(asString(asRecord(answer.json)?.type) ?? '')?.[1] ?? ''

export function wordsOf(answer: Answered): string {
  const body = asRecord(answer.json)
  const [first] = asList(body?.errors).map(asRecord)
  const said =
    asString(body?.detail) ??
    asString(body?.error_description) ??
    asString(first?.message) ??
    asString(first?.detail) ??
    asString(body?.title) ??
    asString(body?.error)
  return (said ?? '').slice(0, 300)
}

/** "You are not allowed to create a Tweet with duplicate content." (403, about:blank; seen by public clients, not documented) */
export const isDuplicate = (answer: HttpAnswer): boolean =>
  answer.kind === 'answer' && answer.status === 403 && /duplicate content/i.test(wordsOf(answer))

/**
 * What a refused or lost request means: status and problem type first, words only where X has no type for it.
 * @param tried in the words of a sentence: `publish the post`.
 */
export function failureOf(answer: HttpAnswer, tried: string, now: Date): Failure {
  if (answer.kind === 'answer') return refused(answer, tried, now)
  return {
    class: 'transient',
    rule: 'twitter.unreachable',
    message: `Could not ${tried}: ${answer.why}.`,
    remedy: 'Nothing to do: it is tried again.',
  }
}

function refused(answer: Answered, tried: string, now: Date): Failure {
  const { status } = answer
  const problem = problemOf(answer)
  const words = wordsOf(answer)
  const message = `X refused to ${tried}: ${words || `status ${status}`}`
  if (problem === 'usage-capped' || status === 402)
    return {
      class: 'administrator',
      rule: 'twitter.credits_used_up',
      message,
      remedy: 'Buy credits or raise the spending limit of the app in the X developer console, then retry.',
    }
  if (status === 429)
    return {
      class: 'rate_limited',
      rule: 'twitter.rate_limited',
      message: `Too many requests to X: it let nobody ${tried}.`,
      remedy: 'Nothing to do: it is tried again when the limit allows.',
      retryAfterMs: retryAfterMs(answer, now),
    }
  if (status === 401)
    return {
      class: 'reconnect',
      rule: 'twitter.access_refused',
      message,
      remedy: 'Reconnect the account: its access was revoked or has ended.',
    }
  if (isDuplicate(answer))
    return {
      class: 'permanent',
      rule: 'twitter.duplicate',
      message: 'X refuses a text that the account has published lately.',
      remedy: 'Change the text, then retry.',
    }
  if (status === 403 && /reply to this conversation/i.test(words))
    return {
      class: 'administrator',
      rule: 'twitter.reply_not_allowed',
      message,
      remedy:
        'X lets apps of this tier answer only where the account was mentioned. Publish without the thread or first comment, or move the app to another tier.',
    }
  if (status === 403)
    return {
      class: 'administrator',
      rule: `twitter.${problem.replaceAll('-', '_') || 'forbidden'}`,
      message,
      remedy: 'Check in the X developer console that the app may read and write and has the scope for this.',
    }
  if (status >= 500 || status === 408)
    return {
      class: 'transient',
      rule: 'twitter.server_error',
      message,
      remedy: 'Nothing to do: it is tried again.',
    }
  return {
    class: 'permanent',
    rule: `twitter.${problem.replaceAll('-', '_') || 'rejected'}`,
    message,
    remedy: 'Change the post as the message says, then retry.',
  }
}

/** Of the windows that are used up, the one that lasts longest. */
function retryAfterMs(answer: Answered, now: Date): number {
  const all = [
    windowIn(answer, 'x-rate-limit', now),
    windowIn(answer, 'x-user-limit-24hour', now),
    windowIn(answer, 'x-app-limit-24hour', now),
  ].filter((window) => window !== null)
  const over = all.filter(({ left }) => left <= 0)
  const waits = (over.length > 0 ? over : all).map(({ resetsAt }) => resetsAt.getTime() - now.getTime())
  return waits.length === 0 ? retryAfterMsDefault : Math.max(1000, ...waits)
}

/**
 * What is left to the account: of this endpoint's window of 15 minutes or of its 24 hours, whichever is less; null where X
 * does not say. The headers of 24 hours are not documented; public clients read them (seen 1 December 2026).
 */
export function budgetIn(answer: HttpAnswer, now: Date): AppBudget | null {
  if (answer.kind !== 'answer') return null
  const window = windowIn(answer, 'x-rate-limit', now)
  const day = windowIn(answer, 'x-user-limit-24hour', now)
  return day && (!window || day.left <= window.left) ? day : window
}

/** What 24 hours leave to all accounts of the app. */
export const appBudgetIn = (answer: HttpAnswer, now: Date): AppBudget | null =>
  answer.kind === 'answer' ? windowIn(answer, 'x-app-limit-24hour', now) : null

/** `-reset` is a second by X's clock, read against its own `Date`. */
function windowIn(answer: Answered, name: string, now: Date): AppBudget | null {
  const [limit, left, reset] = ['limit', 'remaining', 'reset'].map((what) => {
    const value = answer.headers.get(`${name}-${what}`)
    return value !== null && /^\d+$/.test(value) ? Number(value) : undefined
  })
  if (left === undefined || reset === undefined) return null
  const serverNow = new Date(answer.headers.get('date') ?? now).getTime() || now.getTime()
  const waitMs = Math.min(Math.max(reset * 1000 - serverNow, 0), retryAfterMsMax)
  return { left, limit, resetsAt: new Date(now.getTime() + waitMs) }
}

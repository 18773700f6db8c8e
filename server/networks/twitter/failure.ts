import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asList, asRecord, asString } from '../../net/read-json.ts'

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

/** `x-rate-limit-reset` is a second by X's clock, read against its own `Date`. */
function msUntilReset(answer: Answered, now: Date): number | null {
  const reset = answer.headers.get('x-rate-limit-reset')
  const serverNow = new Date(answer.headers.get('date') ?? now).getTime() || now.getTime()
  return reset !== null && /^\d+$/.test(reset) ? Number(reset) * 1000 - serverNow : null
}

function retryAfterMs(answer: Answered, now: Date): number {
  const wait = msUntilReset(answer, now)
  return wait === null ? retryAfterMsDefault : Math.min(Math.max(wait, 1000), retryAfterMsMax)
}

/** What the window of this endpoint leaves; null where X does not say. */
export function budgetIn(answer: HttpAnswer, now: Date): { left: number; resetsAt: Date } | null {
  if (answer.kind !== 'answer') return null
  const left = answer.headers.get('x-rate-limit-remaining')
  const wait = msUntilReset(answer, now)
  if (left === null || !/^\d+$/.test(left) || wait === null) return null
  return {
    left: Number(left),
    resetsAt: new Date(now.getTime() + Math.min(Math.max(wait, 0), retryAfterMsMax)),
  }
}

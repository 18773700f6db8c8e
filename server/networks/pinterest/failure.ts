import type { Failure } from '../../domain/delivery.ts'
import type { Answered } from '../../net/http.ts'
import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { Asked } from '../oauth-request.ts'

/** Limits are per minute and user; nothing current says how long to wait (README.md, "Not confirmed"). */
const retryAfterMsDefault = 60_000
/** A trial app has 1,000 calls a day. */
const retryAfterMsMax = 24 * 60 * 60_000

/** What a refused or lost request means: by status; the body's `code` and `message` are shown. */
export function failureOf(asked: Asked, tried: string, now: Date): Failure {
  if (asked.kind === 'no_access') return asked.failure
  if (asked.kind !== 'answer')
    return {
      class: 'transient',
      rule: 'pinterest.unreachable',
      message: `Could not ${tried}: ${asked.why}`,
      remedy: 'Nothing to do: it is tried again.',
    }
  const body = asRecord(asked.json)
  const said = asString(body?.message)?.slice(0, 500)
  const message = `Pinterest refused to ${tried}: ${said ?? `it answered ${asked.status}`}`
  const { status } = asked
  if (status === 401)
    return {
      class: 'reconnect',
      rule: 'pinterest.token_invalid',
      message,
      remedy: 'Reconnect the account; its access was revoked or has ended.',
    }
  if (status === 403)
    return {
      class: 'administrator',
      rule: 'pinterest.not_permitted',
      message,
      remedy:
        'Check that the account may pin to that board, and that the app has the access it needs at Pinterest.',
    }
  if (status === 404)
    return {
      class: 'permanent',
      rule: 'pinterest.not_found',
      message,
      remedy: 'Check that the board and its section still exist.',
    }
  if (status === 429)
    return {
      class: 'rate_limited',
      rule: 'pinterest.rate_limited',
      message,
      remedy: 'Nothing to do: it is tried again when Pinterest allows it.',
      retryAfterMs: retryAfterMs(asked, now),
    }
  if (status === 408 || status >= 500)
    return {
      class: 'transient',
      rule: 'pinterest.server_error',
      message,
      remedy: 'Nothing to do: it is tried again.',
    }
  const code = asNumber(body?.code)
  return {
    class: 'permanent',
    rule: code === undefined ? 'pinterest.rejected' : `pinterest.rejected.${code}`,
    message,
    remedy: 'Change the Pin so that Pinterest takes it, then retry.',
  }
}

/** `Retry-After`, or `X-RateLimit-Reset` in seconds. */
function retryAfterMs(answer: Answered, now: Date): number {
  const given = answer.headers.get('retry-after') ?? answer.headers.get('x-ratelimit-reset')
  const seconds = Number(given ?? Number.NaN)
  const at = Date.parse(given ?? '') - now.getTime()
  const wait = Number.isFinite(seconds) ? seconds * 1000 : at
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 1000), retryAfterMsMax) : retryAfterMsDefault
}

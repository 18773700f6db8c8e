import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'

/** When a server says "too many" without saying until when: its windows are 5 minutes (docs.joinmastodon.org/api/rate-limits). */
const retryAfterMsDefault = 5 * 60_000
/** A server's clock may be wrong; nobody is kept waiting longer than its longest window (3 hours for new posts). */
const retryAfterMsMax = 3 * 60 * 60_000

/**
 * What a refused or lost request means. Status first; the server's own words are shown, never interpreted, except
 * for the one 422 that means "later".
 * @param tried in the words of a sentence: `publish the post`, `read the profile`.
 */
export function failureOf(answer: HttpAnswer, tried: string, now: Date): Failure {
  if (answer.kind === 'not_sent')
    return answer.blocked
      ? {
          class: 'administrator',
          rule: 'mastodon.address_blocked',
          message: `Could not ${tried}: ${answer.why}.`,
          remedy: 'Set FANFARE_ALLOW_PRIVATE_ADDRESSES if this server is meant to be reached.',
        }
      : unreachable(tried, answer.why)
  if (answer.kind === 'no_answer') return unreachable(tried, answer.why)
  return refused(answer, tried, now)
}

function refused(answer: Answered, tried: string, now: Date): Failure {
  const said = serverWords(answer)
  const message = `The server refused to ${tried}${said ? `: ${said}` : ` (${answer.status})`}`
  const { status } = answer
  if (status === 401)
    return {
      class: 'reconnect',
      rule: 'mastodon.token_invalid',
      message,
      remedy: 'Reconnect the account; its access was revoked or has ended.',
    }
  if (status === 403)
    return asRecord(answer.json)
      ? {
          class: 'reconnect',
          rule: 'mastodon.forbidden',
          message,
          remedy: 'Check that the account is in good standing on its server, then reconnect it.',
        }
      : {
          class: 'administrator',
          rule: 'mastodon.blocked',
          message: `${message}. The answer came from something in front of the server, such as a firewall.`,
          remedy: 'Ask the administrator of the server whether requests from this machine are blocked.',
        }
  if (status === 404 || status === 410)
    return {
      class: 'permanent',
      rule: 'mastodon.not_found',
      message,
      remedy: 'Check that the post it answers still exists and that the server has this function.',
    }
  if (status === 413)
    return {
      class: 'permanent',
      rule: 'mastodon.file_too_large',
      message,
      remedy: 'Make the file smaller and retry.',
    }
  if (status === 429)
    return {
      class: 'rate_limited',
      rule: 'mastodon.rate_limited',
      message,
      remedy: 'Nothing to do: it is tried again when the server allows it.',
      retryAfterMs: retryAfterMs(answer, now),
    }
  if (status === 422 && /not finished processing/i.test(said ?? ''))
    return {
      class: 'transient',
      rule: 'mastodon.media_processing',
      message,
      remedy: 'Nothing to do: it is tried again.',
    }
  if (status === 408 || status === 425 || status >= 500)
    return {
      class: 'transient',
      rule: 'mastodon.server_error',
      message,
      remedy: 'Nothing to do: it is tried again.',
    }
  if (status >= 300 && status < 400)
    return {
      class: 'administrator',
      rule: 'mastodon.moved',
      message: `${message}. The server has another address: ${answer.headers.get('location')?.slice(0, 200) ?? 'unknown'}`,
      remedy: 'Connect the account again with the address that the browser shows.',
    }
  return {
    class: 'permanent',
    rule: 'mastodon.rejected',
    message,
    remedy: 'Change the post so that it meets the rule of the server, then retry.',
  }
}

const unreachable = (tried: string, why: string): Failure => ({
  class: 'transient',
  rule: 'mastodon.unreachable',
  message: `Could not ${tried}: ${why}`,
  remedy: 'Nothing to do: it is tried again. If it goes on, check that the server is up.',
})

/** `error_description` or `error` of the body, bounded; nothing of an HTML page. */
export function serverWords(answer: Answered): string | undefined {
  const body = asRecord(answer.json)
  return (asString(body?.error_description) ?? asString(body?.error))?.slice(0, 500)
}

function retryAfterMs(answer: Answered, now: Date): number {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  const wait = Number.isFinite(seconds) ? seconds * 1000 : resetInMs(answer, now)
  return wait === null ? retryAfterMsDefault : Math.min(Math.max(wait, 1000), retryAfterMsMax)
}

/** Until the window of requests ends. `X-RateLimit-Reset` is a timestamp in the server's clock, read against its own `Date`. */
export function resetInMs(answer: Answered, now: Date): number | null {
  const reset = new Date(answer.headers.get('x-ratelimit-reset') ?? Number.NaN).getTime()
  const serverNow = new Date(answer.headers.get('date') ?? now).getTime()
  return Number.isFinite(reset - serverNow) ? reset - serverNow : null
}

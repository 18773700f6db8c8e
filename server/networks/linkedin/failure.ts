import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'
import type { AppBudget } from '../network.ts'

export const wordsOf = (answer: Answered): string => {
  const body = asRecord(answer.json)
  return (asString(body?.message) ?? asString(body?.error_description) ?? asString(body?.error) ?? '').slice(
    0,
    300,
  )
}

/** `MEDIA_ASSET_WAITING_UPLOAD`, `FIELD_LENGTH_TOO_LONG`: where the answer has one. */
const codeOf = (answer: Answered): string =>
  asString(asRecord(answer.json)?.code) ?? asString(asRecord(answer.json)?.errorDetailType) ?? ''

/** The post that a refused one repeats: 422 "Content is a duplicate of urn:li:share:1" for about ten minutes. */
export function duplicateOf(answer: HttpAnswer): string | null {
  if (answer.kind !== 'answer' || answer.status !== 422) return null
  return /duplicate of (urn:li:(?:share|ugcPost):\d+)/i.exec(wordsOf(answer))?.[1] ?? null
}

/** @param tried in the words of a sentence: `publish the post`. */
export function failureOf(answer: HttpAnswer, tried: string, now: Date): Failure {
  if (answer.kind !== 'answer')
    return {
      class: 'transient',
      rule: 'linkedin.unreachable',
      message: `Could not ${tried}: ${answer.why}.`,
      remedy: 'Nothing to do: it is tried again.',
    }
  const { status } = answer
  const code = codeOf(answer)
  const message = `LinkedIn refused to ${tried}: ${wordsOf(answer) || code || `status ${status}`}`
  const say = (kind: Failure['class'], rule: string, remedy: string): Failure => ({
    class: kind,
    rule: `linkedin.${rule}`,
    message,
    remedy,
  })
  if (status === 401)
    return say('reconnect', 'access_refused', 'Reconnect the account: its access was revoked or has ended.')
  if (status === 403)
    return say(
      'administrator',
      'access_denied',
      'Check that the app has the product for this, and that the person still administers the page; then reconnect.',
    )
  if (status === 426 || code === 'VERSION_MISSING')
    return say('administrator', 'version_gone', 'Update Fanfare: LinkedIn ended this version of its API.')
  if (status === 429)
    return {
      ...say('rate_limited', 'rate_limited', 'Nothing to do: it is tried again when the limit allows.'),
      retryAfterMs: retryAfterMs(answer, now),
    }
  if (status === 409 || status === 408 || status >= 500 || /WAITING_UPLOAD|EXPIRED_UPLOAD_URL/.test(code))
    return say('transient', 'server_error', 'Nothing to do: it is tried again.')
  return say(
    'permanent',
    code.toLowerCase().replaceAll(/[^a-z_]/g, '') || 'rejected',
    'Change the post as the message says, then retry.',
  )
}

/**
 * 429 "Resource level throttle APPLICATION DAY limit for calls to this resource is reached." is said of the whole app;
 * APPLICATION_AND_MEMBER and MEMBER are said of the person. Status and code are the same for all, and no header tells
 * what is left (rate-limits, and answers quoted by public clients, read 1 December 2026).
 */
export function appUsedUp(answer: HttpAnswer, now: Date): AppBudget | null {
  if (answer.kind !== 'answer' || answer.status !== 429) return null
  if (!/\bAPPLICATION (?:DAY|MINUTE)\b/.test(wordsOf(answer))) return null
  return { left: 0, resetsAt: new Date(now.getTime() + retryAfterMs(answer, now)) }
}

/** Quotas end with the day in UTC, and no header says so (LinkedIn, rate-limits); `Retry-After` is obeyed where it comes. */
function retryAfterMs(answer: Answered, now: Date): number {
  const seconds = answer.headers.get('retry-after')
  if (seconds !== null && /^\d+$/.test(seconds)) return Math.max(Number(seconds) * 1000, 1000)
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) - now.getTime() + 60_000
}

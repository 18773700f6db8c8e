import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'

/** A limit without a date: the shortest window that servers have is 5 minutes (docs.bsky.app, rate-limits, 2026-08-20). */
const retryAfterMsDefault = 5 * 60_000
/** The longest window is a day; a server's clock that is wrong keeps nobody waiting longer. */
const retryAfterMsMax = 24 * 60 * 60_000

/** What the server called the error: `ExpiredToken`, `RecordNotFound`. Null when the answer is not one of its own. */
export const errorName = (answer: Answered): string | null => asString(asRecord(answer.json)?.error) ?? null

/** Refusals that are about the access token, which a refresh may mend; auth-verifier.ts of the reference server, 0.5.35. */
export function refusesToken(answer: HttpAnswer): boolean {
  if (answer.kind !== 'answer' || answer.ok) return false
  const name = errorName(answer) ?? ''
  if (accountErrors.has(name)) return false
  return answer.status === 401 || tokenErrors.has(name)
}

const tokenErrors = new Set([
  'ExpiredToken',
  'InvalidToken',
  'AuthMissing',
  'BadJwtAudience',
  'InvalidTokenScope',
])
const accountErrors = new Set([
  'AccountTakedown',
  'AccountDeactivated',
  'AccountSuspended',
  'RepoTakendown',
  'RepoDeactivated',
  'RepoSuspended',
  'AccountNotFound',
])

/**
 * What a refused or lost request means: the error's name and the status decide, the server's words are only shown.
 * @param tried in the words of a sentence: `publish the post`, `upload cat.jpg`.
 */
export function failureOf(answer: HttpAnswer, tried: string, now: Date): Failure {
  if (answer.kind === 'answer') return refused(answer, tried, now)
  if (answer.kind === 'not_sent' && answer.blocked)
    return {
      class: 'administrator',
      rule: 'bluesky.address_blocked',
      message: `Could not ${tried}: ${answer.why}.`,
      remedy: 'If this server is meant to be reached, set FANFARE_ALLOW_PRIVATE_ADDRESSES.',
    }
  return {
    class: 'transient',
    rule: 'bluesky.unreachable',
    message: `Could not ${tried}: ${answer.why}.`,
    remedy: 'Nothing to do: it is tried again. If it goes on, check that the server of the account is up.',
  }
}

function refused(answer: Answered, tried: string, now: Date): Failure {
  const { status } = answer
  const name = errorName(answer)
  const words = asString(asRecord(answer.json)?.message)?.slice(0, 300)
  const message = `Bluesky refused to ${tried}: ${words || name || `status ${status}`}.`.replace(/\.\.$/, '.')
  if (status === 429 || name === 'RateLimitExceeded')
    return {
      class: 'rate_limited',
      rule: 'bluesky.rate_limited',
      message: `Too many requests to Bluesky: it let nobody ${tried}.`,
      remedy: 'Nothing to do: it is tried again when the limit allows.',
      retryAfterMs: retryAfterMs(answer, now),
    }
  if (name && accountErrors.has(name))
    return {
      class: 'reconnect',
      rule: 'bluesky.account_unavailable',
      message,
      remedy:
        'Sign in at bsky.app to see what happened to the account; once it is active, reconnect it here.',
    }
  if (refusesToken(answer))
    return {
      class: 'reconnect',
      rule: 'bluesky.access_refused',
      message,
      remedy:
        'Reconnect the account with a new app password (Settings, Privacy and security, App passwords).',
    }
  if (name === 'BlobNotFound')
    return {
      class: 'transient',
      rule: 'bluesky.upload_gone',
      message,
      remedy: 'Nothing to do: the files are uploaded again.',
    }
  if (status === 413 || name === 'BlobTooLarge' || name === 'PayloadTooLarge')
    return {
      class: 'permanent',
      rule: 'bluesky.file_too_large',
      message,
      remedy: "Make the file smaller; the account's own server sets this limit.",
    }
  if (status === 403)
    return {
      class: 'permanent',
      rule: 'bluesky.forbidden',
      message,
      remedy: 'Check in the Bluesky app that the account may do this.',
    }
  if (status >= 500 || status === 408 || name === 'UpstreamFailure' || name === 'UpstreamTimeout')
    return {
      class: 'transient',
      rule: 'bluesky.server_error',
      message,
      remedy: 'Nothing to do: it is tried again.',
    }
  if (name === null)
    // Not an answer of the protocol: a page of something in between, or another kind of server.
    return {
      class: status === 404 || status === 405 ? 'administrator' : 'transient',
      rule: 'bluesky.not_a_pds',
      message: `Could not ${tried}: what answers there is no Bluesky server (status ${status}).`,
      remedy: "Check the address of the account's server.",
    }
  return {
    class: 'permanent',
    rule: `bluesky.${snake(name)}`,
    message,
    remedy: 'Change the post as the message says, then retry.',
  }
}

function retryAfterMs(answer: Answered, now: Date): number {
  const seconds = numberIn(answer.headers.get('retry-after'))
  const wait = seconds !== null ? seconds * 1000 : msUntilReset(answer, now)
  return wait === null ? retryAfterMsDefault : Math.min(Math.max(wait, 1000), retryAfterMsMax)
}

/** `RateLimit-Reset` is the second, by the server's clock, in which the window ends (xrpc-server, rate-limiter-http.ts). */
function msUntilReset(answer: Answered, now: Date): number | null {
  const reset = numberIn(answer.headers.get('ratelimit-reset'))
  const serverNow = new Date(answer.headers.get('date') ?? now).getTime() || now.getTime()
  return reset === null ? null : reset * 1000 - serverNow
}

/** The dearest write costs this many points of what `RateLimit-Remaining` counts. */
const pointsPerWrite = 3

/** How many more writes the server allows, and until when; null when it does not say. */
export function budgetIn(answer: HttpAnswer, now: Date): { left: number; resetsAt: Date } | null {
  if (answer.kind !== 'answer') return null
  const remaining = numberIn(answer.headers.get('ratelimit-remaining'))
  const wait = msUntilReset(answer, now)
  if (remaining === null || wait === null) return null
  const resetsAt = new Date(now.getTime() + Math.min(Math.max(wait, 0), retryAfterMsMax))
  return { left: Math.floor(remaining / pointsPerWrite), resetsAt }
}

const numberIn = (text: string | null) => (text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null)

const snake = (name: string) =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/g, '')
    .slice(0, 60)

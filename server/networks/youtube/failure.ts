import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asList, asRecord, asString, at } from '../../net/read-json.ts'
import type { Asked } from '../oauth-request.ts'

const hour = 60 * 60_000
type Kind = Pick<Failure, 'class' | 'rule' | 'remedy'>

const edit = (rule: string, what: string): Kind => ({
  class: 'permanent',
  rule: `youtube.${rule}`,
  remedy: `Change ${what} so that YouTube takes it, then retry.`,
})
const askAgain: Kind = {
  class: 'reconnect',
  rule: 'youtube.access_missing',
  remedy: 'Reconnect the channel and allow everything that is asked for.',
}
const wait: Kind = {
  class: 'rate_limited',
  rule: 'youtube.rate_limited',
  remedy: 'Nothing to do: it is tried again when YouTube allows it.',
}
const notSetUp: Kind = {
  class: 'administrator',
  rule: 'youtube.not_set_up',
  remedy: "Switch the YouTube Data API on for the app's project at Google.",
}

/** The project's units of the day are used up. */
export const quotaRule = 'youtube.quota_exceeded'

/** By the `reason` of the first error (developers.google.com/youtube/v3/docs/errors, 2026-09-19). */
const byReason: Record<string, Kind> = {
  authError: {
    ...askAgain,
    rule: 'youtube.token_invalid',
    remedy: 'Reconnect the channel; its access has ended.',
  },
  authorizationRequired: { ...askAgain, rule: 'youtube.token_invalid' },
  youtubeSignupRequired: {
    class: 'reconnect',
    rule: 'youtube.no_channel',
    remedy: 'Make a channel for this Google account at YouTube, then connect again.',
  },
  channelClosed: {
    class: 'reconnect',
    rule: 'youtube.channel_closed',
    remedy: 'Ask YouTube about the channel.',
  },
  channelSuspended: {
    class: 'reconnect',
    rule: 'youtube.channel_suspended',
    remedy: 'Ask YouTube about the channel.',
  },
  insufficientPermissions: askAgain,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: askAgain,
  accessNotConfigured: notSetUp,
  SERVICE_DISABLED: notSetUp,
  forbidden: {
    class: 'administrator',
    rule: 'youtube.forbidden',
    remedy: 'Check what the channel and the app may do at YouTube.',
  },
  quotaExceeded: { ...wait, rule: quotaRule },
  dailyLimitExceeded: { ...wait, rule: quotaRule },
  uploadLimitExceeded: { ...wait, rule: 'youtube.upload_limit' },
  uploadRateLimitExceeded: wait,
  rateLimitExceeded: wait,
  userRateLimitExceeded: wait,
  processingFailure: {
    class: 'transient',
    rule: 'youtube.server_error',
    remedy: 'Nothing to do: it is tried again.',
  },
  invalidTitle: edit('title', 'the title'),
  invalidDescription: edit('description', 'the description'),
  invalidTags: edit('tags', 'the tags'),
  invalidCategoryId: edit('category', 'the category'),
  invalidVideoMetadata: edit('metadata', 'title and category'),
  invalidFilename: edit('filename', "the file's name"),
  mediaBodyRequired: edit('file', 'the video'),
  forbiddenPrivacySetting: edit('privacy', 'who may see it'),
  forbiddenLicenseSetting: edit('license', 'the license'),
  commentsDisabled: edit('comments_disabled', 'the first comment: this video takes none'),
  videoNotFound: {
    class: 'permanent',
    rule: 'youtube.video_gone',
    remedy: 'The uploaded video was deleted at YouTube; publish the post again.',
  },
}

const retryAfterMsDefault = 10 * 60_000

/** What a refused or lost request means: by its reason, else by its status. */
export function failureOf(asked: Asked, tried: string, now: Date): Failure {
  if (asked.kind === 'no_access') return asked.failure
  if (asked.kind !== 'answer')
    return {
      class: 'transient',
      rule: 'youtube.unreachable',
      message: `Could not ${tried}: ${asked.why}`,
      remedy: 'Nothing to do: it is tried again.',
    }
  const message = `YouTube refused to ${tried}: ${wordsOf(asked) ?? `it answered ${asked.status}`}`
  const kind = byReason[reasonOf(asked) ?? ''] ?? byStatus(asked.status)
  return {
    ...kind,
    message,
    ...(kind.class === 'rate_limited' && { retryAfterMs: retryAfterMs(asked, kind.rule, now) }),
  }
}

/** The first error's `reason`, or the newer `details[].reason`. */
export function reasonOf(answer: HttpAnswer): string | undefined {
  if (answer.kind !== 'answer') return undefined
  const classic = asString(asRecord(asList(at(answer.json, 'error', 'errors'))[0])?.reason)
  const details = asList(at(answer.json, 'error', 'details')).map((one) => asString(asRecord(one)?.reason))
  return classic && byReason[classic] ? classic : (details.find((one) => one && byReason[one]) ?? classic)
}

const wordsOf = (answer: Answered) =>
  (
    asString(at(answer.json, 'error', 'message')) ??
    asString(at(answer.json, 'error_description')) ??
    asString(at(answer.json, 'error'))
  )
    ?.replaceAll(/<[^>]*>/g, '')
    .slice(0, 500)

function byStatus(status: number): Kind {
  if (status === 401) return byReason.authError as Kind
  if (status === 403) return byReason.forbidden as Kind
  if (status === 404) return byReason.videoNotFound as Kind
  if (status === 429) return wait
  if (status === 408 || status >= 500) return byReason.processingFailure as Kind
  return edit('rejected', 'the post')
}

function retryAfterMs(answer: Answered, rule: string, now: Date): number {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
  if (Number.isFinite(seconds)) return Math.min(Math.max(seconds, 1), 24 * 3600) * 1000
  if (rule === quotaRule) return untilPacificMidnightMs(now)
  return rule === 'youtube.upload_limit' ? 24 * hour : retryAfterMsDefault
}

/** Quotas are given anew at midnight in California; a minute later to be on the safe side. */
export function untilPacificMidnightMs(now: Date): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(now)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0)
  const sinceMidnightMs = (part('hour') * 3600 + part('minute') * 60 + part('second')) * 1000
  return 24 * hour - sinceMidnightMs + 60_000
}

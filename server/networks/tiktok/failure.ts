import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer } from '../../net/http.ts'
import { asRecord, asString, errorCodeOf } from './answers.ts'

/** "wait and retry"; limits are per sliding minute (tiktok-api-v2-rate-limit). */
const retryAfterMsDefault = 60_000
/** About fifteen posts in 24 hours across all apps; the window slides, so an hour from now one may be free again. */
const dailyRetryMs = 60 * 60_000

type Kind = Pick<Failure, 'class' | 'rule' | 'remedy'> & { retryAfterMs?: number }

const reconnect: Kind = {
  class: 'reconnect',
  rule: 'tiktok.access_ended',
  remedy: 'Reconnect the account.',
}
const transient: Kind = {
  class: 'transient',
  rule: 'tiktok.server_error',
  remedy: 'Nothing to do: it is tried again.',
}
const dailyCap: Kind = {
  class: 'rate_limited',
  rule: 'tiktok.daily_limit',
  remedy: 'Nothing to do: TikTok takes a limited number of posts in 24 hours, and it is tried again.',
  retryAfterMs: dailyRetryMs,
}
const operator = (rule: string, remedy: string): Kind => ({ class: 'administrator', rule, remedy })
const permanent = (rule: string, remedy: string): Kind => ({ class: 'permanent', rule, remedy })

/** Codes of the API and values of `fail_reason`, which share their names (content-posting-api-reference-*, 2026). */
const kinds: Record<string, Kind> = {
  access_token_invalid: reconnect,
  invalid_grant: reconnect,
  auth_removed: reconnect,
  scope_not_authorized: {
    ...reconnect,
    rule: 'tiktok.scope_missing',
    remedy: 'Reconnect and allow everything asked for.',
  },
  scope_permission_missed: {
    ...reconnect,
    rule: 'tiktok.scope_missing',
    remedy: 'Reconnect and allow everything asked for.',
  },
  spam_risk_too_many_posts: dailyCap,
  spam_risk_too_many_pending_share: dailyCap,
  reached_active_user_cap: {
    ...dailyCap,
    rule: 'tiktok.daily_people_limit',
    remedy:
      'Nothing to do: the app may post for a limited number of people in 24 hours, and it is tried again. Its operator can ask TikTok for more.',
  },
  publish_cancelled: permanent(
    'tiktok.cancelled',
    'Somebody cancelled it at TikTok: publish it again if it is wanted.',
  ),
  spam_risk_user_banned_from_posting: permanent(
    'tiktok.banned',
    'Open TikTok and see why the account may not post.',
  ),
  spam_risk: permanent(
    'tiktok.spam_risk',
    'TikTok takes this post for spam: change it, or wait before posting again.',
  ),
  spam_risk_text: permanent('tiktok.spam_risk', 'TikTok takes this text for spam: change it.'),
  unaudited_client_can_only_post_to_private_accounts: operator(
    'tiktok.app_unaudited',
    'Have the app audited by TikTok; until then it posts only to private accounts, and for nobody else to see.',
  ),
  url_ownership_unverified: operator(
    'tiktok.address_unverified',
    'Verify the address of this server (FANFARE_PUBLIC_URL) in the settings of the app at TikTok.',
  ),
  app_version_check_failed: operator('tiktok.app_outdated', 'The person has to update the TikTok app.'),
  invalid_client: operator('tiktok.app_unknown', 'Check TIKTOK_CLIENT_ID and TIKTOK_CLIENT_SECRET.'),
  privacy_level_option_mismatch: permanent(
    'tiktok.privacy_unavailable',
    'Choose a privacy level the account offers.',
  ),
  file_format_check_failed: permanent(
    'tiktok.file_format',
    'Convert it to MP4 with H.264, or photos to JPEG.',
  ),
  duration_check_failed: permanent('tiktok.video_duration', 'Cut the video to what the account may post.'),
  frame_rate_check_failed: permanent('tiktok.video_frame_rate', 'Use between 23 and 60 frames a second.'),
  picture_size_check_failed: permanent(
    'tiktok.picture_size',
    'Use 360 to 4096 pixels a side, photos up to 1080p.',
  ),
  invalid_params: permanent('tiktok.rejected', 'Change the post so that TikTok takes it, then retry.'),
  invalid_param: permanent('tiktok.rejected', 'Change the post so that TikTok takes it, then retry.'),
  invalid_file_upload: permanent('tiktok.upload_refused', 'Convert the video to MP4 with H.264 and retry.'),
  video_pull_failed: { ...transient, rule: 'tiktok.pull_failed' },
  photo_pull_failed: {
    ...transient,
    rule: 'tiktok.pull_failed',
    remedy: 'Check that TikTok can reach FANFARE_PUBLIC_URL.',
  },
  internal: transient,
  internal_error: transient,
}

/** What a refused or lost request means. @param tried in the words of a sentence: `start the upload`. */
export function failureOf(answer: HttpAnswer, tried: string): Failure {
  if (answer.kind !== 'answer') return unreachable(answer, tried)
  const code = errorCodeOf(answer)
  const message = `TikTok refused to ${tried}: ${wordsOf(answer) ?? code ?? `it answered ${answer.status}`}`
  if (answer.status === 429 || code === 'rate_limit_exceeded')
    return {
      class: 'rate_limited',
      rule: 'tiktok.rate_limited',
      message,
      remedy: 'Nothing to do: it is tried again when TikTok allows it.',
      retryAfterMs: retryAfterMs(answer.headers),
    }
  const known = code === undefined ? undefined : kinds[code]
  return { ...(known ?? byStatus(answer.status)), message }
}

/** Why TikTok made no post of what it had taken. */
export function failReason(reason: string): Failure {
  const message = `TikTok did not publish the post: ${reason.replaceAll('_', ' ')}`
  const known = kinds[reason] ?? (reason.startsWith('spam_risk') ? kinds.spam_risk : undefined)
  return {
    ...(known ?? permanent('tiktok.rejected', 'Change the post so that TikTok takes it, then retry.')),
    message,
  }
}

function byStatus(status: number): Kind {
  if (status === 401) return reconnect
  if (status >= 500 || status === 408) return transient
  return permanent('tiktok.rejected', 'Change the post so that TikTok takes it, then retry.')
}

function wordsOf(answer: Extract<HttpAnswer, { kind: 'answer' }>): string | undefined {
  const body = asRecord(answer.json)
  const words = asString(asRecord(body?.error)?.message) || asString(body?.error_description)
  return words?.slice(0, 500)
}

function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 86_400) * 1000 : retryAfterMsDefault
}

function unreachable(answer: Exclude<HttpAnswer, { kind: 'answer' }>, tried: string): Failure {
  const message = `Could not ${tried}: ${answer.why}`
  if (answer.kind === 'not_sent' && answer.blocked)
    return {
      ...operator(
        'tiktok.address_blocked',
        'Set FANFARE_ALLOW_PRIVATE_ADDRESSES if this server is meant to be reached.',
      ),
      message,
    }
  return { ...transient, rule: 'tiktok.unreachable', message }
}

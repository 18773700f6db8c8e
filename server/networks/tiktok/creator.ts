import type { Failure } from '../../domain/delivery.ts'
import type { Limits } from '../../domain/limits.ts'
import type { HttpAnswer } from '../../net/http.ts'
import type { Json, Outcome } from '../network.ts'
import { asNumber, asString, dataOf } from './answers.ts'
import { failureOf } from './failure.ts'
import { limits } from './limits.ts'
import type { TikTokOptions } from './options.ts'

/** What the account may do now; TikTok obliges apps to ask before every post (content-sharing-guidelines). */
export type Creator = { privacyLevels: string[]; videoMsMax: number; [name: string]: Json }

type Ask = (request: { method: 'POST'; path: string; json: unknown }) => Promise<HttpAnswer>

export async function readCreator(ask: Ask): Promise<Outcome<Creator>> {
  const answer = await ask({ method: 'POST', path: '/v2/post/publish/creator_info/query/', json: {} })
  const data = dataOf(answer)
  if (!data) return { outcome: 'failed', failure: failureOf(answer, 'tell what the account may post') }
  const levels = Array.isArray(data.privacy_level_options) ? data.privacy_level_options : []
  return {
    outcome: 'done',
    value: {
      privacyLevels: levels.map(asString).filter((level) => level !== undefined),
      videoMsMax: (asNumber(data.max_video_post_duration_sec) ?? 600) * 1000,
    },
  }
}

/** The network's limits with the account's own longest video. */
export const creatorLimits = ({ videoMsMax }: Creator): Limits => ({
  ...limits,
  video: limits.video && { ...limits.video, durationMsMax: videoMsMax },
})

export const privacyOf = (options: TikTokOptions) => options.privacy ?? 'PUBLIC_TO_EVERYONE'

/** Never less public nor more public than was asked for: what the account does not offer is refused. */
export function privacyFailure(options: TikTokOptions, creator: Creator): Failure | null {
  const wanted = privacyOf(options)
  if (options.toInbox || creator.privacyLevels.includes(wanted)) return null
  return {
    class: 'permanent',
    rule: 'tiktok.privacy_unavailable',
    message: `This TikTok account does not offer the privacy level ${wanted}; it offers ${creator.privacyLevels.join(', ') || 'none'}.`,
    remedy:
      'Choose one of those in the option privacy. An app that TikTok has not audited can only post SELF_ONLY.',
  }
}

import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Issue } from '../../domain/refusal.ts'
import { videoTextMax } from './limits.ts'

/** What can be set for a post on TikTok beyond its text and media. */
export const tiktokOptions = Type.Object(
  {
    privacy: Type.Optional(
      Type.Union(
        [
          Type.Literal('PUBLIC_TO_EVERYONE'),
          Type.Literal('MUTUAL_FOLLOW_FRIENDS'),
          Type.Literal('FOLLOWER_OF_CREATOR'),
          Type.Literal('SELF_ONLY'),
        ],
        { description: 'Who sees the post. Absent: everyone.' },
      ),
    ),
    disableComment: Type.Optional(Type.Boolean({ description: 'Nobody may comment.' })),
    disableDuet: Type.Optional(Type.Boolean({ description: 'Nobody may make a duet with the video.' })),
    disableStitch: Type.Optional(Type.Boolean({ description: 'Nobody may stitch the video.' })),
    coverAtMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'The moment of the video that is its cover, in milliseconds.',
      }),
    ),
    coverIndex: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 34, description: 'Which photo is the cover, from 0.' }),
    ),
    autoAddMusic: Type.Optional(Type.Boolean({ description: 'TikTok adds music to the photos.' })),
    ownBrand: Type.Optional(Type.Boolean({ description: 'The post promotes your own business.' })),
    paidPartnership: Type.Optional(
      Type.Boolean({ description: 'The post is paid for by another business.' }),
    ),
    aiGenerated: Type.Optional(Type.Boolean({ description: 'Label the content as made with AI.' })),
    toInbox: Type.Optional(
      Type.Boolean({
        description:
          "Put it into the account's inbox, where the person finishes it in the app, instead of publishing.",
      }),
    ),
  },
  { additionalProperties: false },
)
export type TikTokOptions = Static<typeof tiktokOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as TikTokOptions

export const isVideo = (draft: Draft) => draft.media[0]?.kind === 'video'

/** What TikTok refuses and the shared limits cannot say. */
export function checkTikTok(draft: Draft): Issue[] {
  const options = optionsOf(draft)
  const issues: Issue[] = []
  const value = draft.text.length
  // A text over the whole limit was already said.
  if (isVideo(draft) && value > videoTextMax && value <= 4000)
    issues.push({
      path: 'text',
      rule: 'text_too_long',
      message: `TikTok takes at most ${videoTextMax} characters with a video; this text has ${value}.`,
      remedy: `Shorten it by ${value - videoTextMax}.`,
      limit: videoTextMax,
      value,
    })
  if (options.coverIndex !== undefined && options.coverIndex >= draft.media.length)
    issues.push({
      path: 'options.coverIndex',
      rule: 'tiktok.cover_missing',
      message: `Photo ${options.coverIndex} was to be the cover, but there are only ${draft.media.length}, counted from 0.`,
      remedy: 'Choose one of the photos.',
    })
  // content-sharing-guidelines: branded content cannot be private.
  if (options.paidPartnership && options.privacy === 'SELF_ONLY')
    issues.push({
      path: 'options.privacy',
      rule: 'tiktok.partnership_private',
      message: 'TikTok refuses a paid partnership that nobody but the account itself can see.',
      remedy: 'Choose another privacy level.',
    })
  return issues
}

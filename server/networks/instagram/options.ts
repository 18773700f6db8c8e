import { type Static, Type } from 'typebox'
import type { Draft, MediaFacts } from '../../domain/draft.ts'
import type { Issue } from '../../domain/refusal.ts'
import { feedRatio, limits, mentionsMax, storyVideo } from './limits.ts'

/** What can be set for a post on Instagram beyond its caption and media (.../reference/ig-user/media, read 2026-11-22). */
export const instagramOptions = Type.Object(
  {
    shareToFeed: Type.Optional(
      Type.Boolean({ description: 'Whether a reel also stands in the feed. Absent: Instagram decides.' }),
    ),
    coverUrl: Type.Optional(
      Type.String({
        pattern: '^https?://',
        maxLength: 2000,
        description: 'The picture in front of a reel: a JPEG.',
      }),
    ),
    thumbOffsetMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 900_000, description: 'Which moment of a reel is its cover.' }),
    ),
    audioName: Type.Optional(
      Type.String({ minLength: 1, maxLength: 100, description: "The name of a reel's own sound." }),
    ),
    collaborators: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9._]{1,30}$' }), {
        minItems: 1,
        maxItems: 3,
        description: 'Handles of accounts that are invited as authors; not for stories.',
      }),
    ),
    userTags: Type.Optional(
      Type.Array(
        Type.Object(
          {
            username: Type.String({ pattern: '^[A-Za-z0-9._]{1,30}$' }),
            x: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
            y: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          },
          { additionalProperties: false },
        ),
        {
          maxItems: 20,
          description: 'People in the first picture or video; x and y from the upper left corner.',
        },
      ),
    ),
    locationId: Type.Optional(
      Type.String({ pattern: '^\\d{1,30}$', description: 'The id of the Facebook page of a place.' }),
    ),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2200,
        description: 'A comment of your own, sent right after the post.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type InstagramOptions = Static<typeof instagramOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as InstagramOptions

export const isStory = (draft: Draft) => draft.contentType === 'story'

/** What Instagram refuses and the shared limits cannot say: most of it depends on whether it is a story. */
export const checkInstagram = (draft: Draft): Issue[] => [
  ...(isStory(draft) ? checkStory(draft) : draft.media.flatMap(checkPicture)),
  ...checkWords(draft),
]

function checkStory(draft: Draft): Issue[] {
  const issues: Issue[] = []
  const [file, another] = draft.media
  if (another)
    issues.push({
      path: 'media',
      rule: 'instagram.story_of_many',
      message: 'A story on Instagram is one picture or one video.',
      remedy: 'Make a post of each.',
    })
  if (file?.kind === 'video' && (file.durationMs ?? 0) > storyVideo.durationMsMax)
    issues.push({
      path: 'media.0',
      rule: 'instagram.story_too_long',
      message: `A video in a story takes at most ${storyVideo.durationMsMax / 1000} seconds; ${file.filename} has ${Math.ceil((file.durationMs ?? 0) / 1000)}.`,
      remedy: 'Shorten it, or publish it as a reel.',
      limit: storyVideo.durationMsMax,
      value: file.durationMs ?? 0,
    })
  if (file?.kind === 'video' && file.bytes > storyVideo.bytesMax)
    issues.push({
      path: 'media.0',
      rule: 'instagram.story_too_large',
      message: `A video in a story has at most 100 MB; ${file.filename} has more.`,
      remedy: 'Make it smaller.',
      limit: storyVideo.bytesMax,
      value: file.bytes,
    })
  for (const name of ['firstComment', 'collaborators'] as const)
    if (optionsOf(draft)[name])
      issues.push({
        path: `options.${name}`,
        rule: `instagram.story_${name === 'firstComment' ? 'comment' : 'collaborators'}`,
        message: `A story on Instagram has no ${name === 'firstComment' ? 'comments' : 'collaborators'}.`,
        remedy: 'Remove the option.',
      })
  return issues
}

/** In the feed a picture keeps to its frame; nothing is cut off it here without being asked for. */
function checkPicture(file: MediaFacts, index: number): Issue[] {
  if (file.kind !== 'image' || !file.width || !file.height) return []
  const ratio = file.width / file.height
  // A pixel of rounding is no reason to refuse.
  if (ratio >= feedRatio.min - 0.005 && ratio <= feedRatio.max + 0.005) return []
  return [
    {
      path: `media.${index}`,
      rule: 'instagram.picture_ratio',
      message: `A picture on Instagram is between 4:5 and 1.91:1; ${file.filename} is ${ratio.toFixed(2)}:1.`,
      remedy:
        ratio < feedRatio.min ? 'Crop it to be wider, or publish it as a story.' : 'Crop it to be taller.',
    },
  ]
}

function checkWords(draft: Draft): Issue[] {
  const issues: Issue[] = []
  const mentions = new Set(draft.text.match(/(?<![\w.])@[A-Za-z0-9._]+/g) ?? []).size
  if (mentions > mentionsMax)
    issues.push({
      path: 'text',
      rule: 'instagram.too_many_mentions',
      message: `Instagram takes at most ${mentionsMax} mentions; this caption has ${mentions}.`,
      remedy: `Remove ${mentions - mentionsMax}.`,
      limit: mentionsMax,
      value: mentions,
    })
  const { firstComment } = optionsOf(draft)
  if (firstComment && firstComment.length > limits.text.max)
    issues.push({
      path: 'options.firstComment',
      rule: 'text_too_long',
      message: `Instagram takes at most ${limits.text.max} characters; the first comment has ${firstComment.length}.`,
      remedy: 'Shorten it.',
      limit: limits.text.max,
      value: firstComment.length,
    })
  return issues
}

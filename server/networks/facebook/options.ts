import { type Static, Type } from 'typebox'
import type { Draft, MediaFacts } from '../../domain/draft.ts'
import type { Issue } from '../../domain/refusal.ts'
import { reel, storyDurationMsMax } from './limits.ts'

/** What can be set for a post on Facebook beyond its text and media. */
export const facebookOptions = Type.Object(
  {
    videoAs: Type.Optional(
      Type.Union([Type.Literal('reel'), Type.Literal('video')], {
        description: 'Absent: a reel when the video is upright and 3 to 90 seconds long, else a video.',
      }),
    ),
    place: Type.Optional(
      Type.String({ pattern: '^\\d{1,30}$', description: 'The id of the Facebook page of a place.' }),
    ),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 8000,
        description: 'A comment of the page, sent right after the post.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type FacebookOptions = Static<typeof facebookOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as FacebookOptions

export type Form = 'feed' | 'video' | 'reel' | 'photo_story' | 'video_story'

/** As what a draft is published: each has calls of its own. */
export function formOf(draft: Draft): Form {
  const [file] = draft.media
  if (draft.contentType === 'story') return file?.kind === 'video' ? 'video_story' : 'photo_story'
  if (file?.kind !== 'video') return 'feed'
  return optionsOf(draft).videoAs ?? (fitsReel(file) ? 'reel' : 'video')
}

const isUpright = ({ width, height }: MediaFacts) =>
  width !== null && height !== null && Math.abs(width / height - reel.ratio) < 0.02

const fitsReel = (file: MediaFacts) =>
  isUpright(file) &&
  file.durationMs !== null &&
  file.durationMs >= reel.durationMsMin &&
  file.durationMs <= reel.durationMsMax

/** What Facebook refuses and the shared limits cannot say. */
export function checkFacebook(draft: Draft): Issue[] {
  const [file] = draft.media
  switch (formOf(draft)) {
    case 'reel':
      return file ? checkReel(file) : []
    case 'photo_story':
    case 'video_story':
      return checkStory(draft)
    case 'feed':
    case 'video':
      return []
  }
}

function checkReel(file: MediaFacts): Issue[] {
  const issues: Issue[] = []
  if (file.width !== null && !isUpright(file))
    issues.push({
      path: 'media.0',
      rule: 'facebook.reel_ratio',
      message: `A reel on Facebook is upright, 9:16; ${file.filename} is ${file.width} by ${file.height}.`,
      remedy: 'Crop it, or publish it as a video.',
    })
  const { durationMs } = file
  if (durationMs !== null && (durationMs < reel.durationMsMin || durationMs > reel.durationMsMax))
    issues.push({
      path: 'media.0',
      rule: 'facebook.reel_duration',
      message: `A reel on Facebook is 3 to 90 seconds long; ${file.filename} has ${(durationMs / 1000).toFixed(1)}.`,
      remedy: 'Cut it, or publish it as a video.',
      limit: reel.durationMsMax,
      value: durationMs,
    })
  return issues
}

function checkStory(draft: Draft): Issue[] {
  const issues: Issue[] = []
  const [file, another] = draft.media
  if (another)
    issues.push({
      path: 'media',
      rule: 'facebook.story_of_many',
      message: 'A story on Facebook is one picture or one video.',
      remedy: 'Make a post of each.',
    })
  if (file?.kind === 'video' && (file.durationMs ?? 0) > storyDurationMsMax)
    issues.push({
      path: 'media.0',
      rule: 'facebook.story_too_long',
      message: `A video in a story has at most 60 seconds; ${file.filename} has ${Math.ceil((file.durationMs ?? 0) / 1000)}.`,
      remedy: 'Cut it, or publish it as a reel or a video.',
      limit: storyDurationMsMax,
      value: file.durationMs ?? 0,
    })
  if (optionsOf(draft).firstComment)
    issues.push({
      path: 'options.firstComment',
      rule: 'facebook.story_comment',
      message: 'A story on Facebook has no comments.',
      remedy: 'Remove the option.',
    })
  return issues
}

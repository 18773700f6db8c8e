import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Issue } from '../../domain/refusal.ts'
import { commentCharactersMax, tagsCharactersMax } from './limits.ts'

/** What can be set for a video beyond title, description and file. */
export const youtubeOptions = Type.Object(
  {
    privacy: Type.Optional(
      Type.Union([Type.Literal('public'), Type.Literal('unlisted'), Type.Literal('private')], {
        description: 'Who sees it; public when absent.',
      }),
    ),
    tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
    categoryId: Type.Optional(
      Type.String({
        pattern: '^\\d{1,4}$',
        description: 'As videoCategories.list tells them: 22 is People & Blogs.',
      }),
    ),
    madeForKids: Type.Optional(
      Type.Boolean({
        description: 'Whether it is directed at children; YouTube wants to know, false when absent.',
      }),
    ),
    syntheticMedia: Type.Optional(
      Type.Boolean({ description: 'Whether it shows realistic content that was altered or generated.' }),
    ),
    license: Type.Optional(Type.Union([Type.Literal('youtube'), Type.Literal('creativeCommon')])),
    embeddable: Type.Optional(
      Type.Boolean({ description: 'Whether other sites may show it; true when absent.' }),
    ),
    notifySubscribers: Type.Optional(
      Type.Boolean({ description: 'Whether subscribers are told; true when absent.' }),
    ),
    language: Type.Optional(
      Type.String({ pattern: '^[a-zA-Z]{2,3}(-[A-Za-z0-9]+)*$', description: 'Of title and description.' }),
    ),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: commentCharactersMax,
        description: "The channel's own first comment.",
      }),
    ),
  },
  { additionalProperties: false },
)
export type YoutubeOptions = Static<typeof youtubeOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as YoutubeOptions

/** What YouTube refuses and the shared limits cannot say. */
export function checkYoutube(draft: Draft): Issue[] {
  const { tags = [] } = optionsOf(draft)
  return [
    ...brackets('text', 'The description', draft.text),
    ...brackets('title', 'The title', titleOf(draft)),
    ...checkTags(tags),
  ]
}

/**
 * YouTube wants a title: the author's, else the first line of the text, else the name of the file.
 * @returns at most 100 characters.
 */
export function titleOf({ title, text, media }: Pick<Draft, 'title' | 'text' | 'media'>): string {
  const line = text
    .split('\n')
    .map((one) => one.trim())
    .find((one) => one !== '')
  const chosen = title?.trim() || line || media[0]?.filename.replace(/\.[^.]*$/, '') || 'Video'
  const characters = Array.from(chosen)
  return characters.length <= 100 ? chosen : `${characters.slice(0, 99).join('')}…`
}

function brackets(path: string, what: string, text: string): Issue[] {
  if (!/[<>]/.test(text)) return []
  return [
    {
      path,
      rule: 'angle_brackets',
      message: `${what} may not contain < or > on YouTube.`,
      remedy: 'Use other signs, such as ‹ and ›.',
    },
  ]
}

function checkTags(tags: string[]): Issue[] {
  const value = tags.reduce(
    (sum, tag) => sum + tag.length + (/\s/.test(tag) ? 2 : 0),
    Math.max(tags.length - 1, 0),
  )
  const issues = tags.some((tag) => /[<>]/.test(tag))
    ? [{ ...(brackets('options.tags', 'A tag', '<')[0] as Issue) }]
    : []
  if (value <= tagsCharactersMax) return issues
  return [
    ...issues,
    {
      path: 'options.tags',
      rule: 'tags_too_long',
      message: `All tags together have at most ${tagsCharactersMax} characters on YouTube; these have ${value}.`,
      remedy: 'Remove some of them.',
      limit: tagsCharactersMax,
      value,
    },
  ]
}

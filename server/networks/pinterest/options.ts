import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Issue } from '../../domain/refusal.ts'
import { linkMax } from './limits.ts'

const numericId = (description: string) => Type.String({ pattern: '^\\d{1,30}$', description })

/** What can be set for a Pin beyond title, text, link and media. */
export const pinterestOptions = Type.Object(
  {
    boardId: Type.Optional(numericId('Another board than the connected one.')),
    boardSectionId: Type.Optional(numericId('A section of the board.')),
    coverSeconds: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 900, description: 'The moment of the video that is its cover.' }),
    ),
  },
  { additionalProperties: false },
)
export type PinterestOptions = Static<typeof pinterestOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as PinterestOptions

export function checkPinterest(draft: Draft): Issue[] {
  const value = draft.link?.length ?? 0
  if (value <= linkMax) return []
  return [
    {
      path: 'link',
      rule: 'link_too_long',
      message: `Pinterest takes a link of at most ${linkMax} characters; this one has ${value}.`,
      remedy: 'Use a shorter address.',
      limit: linkMax,
      value,
    },
  ]
}

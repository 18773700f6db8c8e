import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import { commentMax } from './limits.ts'

/** What can be set for a post on LinkedIn beyond its text and media. */
export const linkedinOptions = Type.Object(
  {
    visibility: Type.Optional(
      Type.Union([Type.Literal('PUBLIC'), Type.Literal('CONNECTIONS'), Type.Literal('LOGGED_IN')], {
        description: 'Who sees it. Absent: everyone.',
      }),
    ),
    disableReshare: Type.Optional(Type.Boolean({ description: 'Let nobody share it further.' })),
    linkDescription: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'What stands beneath the title of the link card. LinkedIn reads no page for it.',
      }),
    ),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: commentMax,
        description: 'A comment of the account, sent right after the post.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type LinkedinOptions = Static<typeof linkedinOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as LinkedinOptions

import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'

const ids = (description: string) =>
  Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 100, uniqueItems: true, description })

/** What can be set for a post on WordPress beyond its title, text and media. */
export const wordpressOptions = Type.Object(
  {
    status: Type.Optional(
      Type.Union(
        [Type.Literal('publish'), Type.Literal('private'), Type.Literal('pending'), Type.Literal('draft')],
        { description: 'Absent: published for everyone.' },
      ),
    ),
    excerpt: Type.Optional(Type.String({ maxLength: 10_000, description: 'The summary that lists show.' })),
    categories: Type.Optional(ids('The numbers of the categories. Absent: the default one of the site.')),
    tags: Type.Optional(ids('The numbers of the tags.')),
    sticky: Type.Optional(Type.Boolean({ description: 'Keep the post on top of the front page.' })),
    featureFirstImage: Type.Optional(
      Type.Boolean({ description: 'Make the first picture the featured image instead of part of the text.' }),
    ),
  },
  { additionalProperties: false },
)

export const optionsOf = (draft: Draft) => draft.options as Static<typeof wordpressOptions>

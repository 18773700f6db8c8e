import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Issue } from '../../domain/refusal.ts'
import { fitsOnePost } from '../../domain/split-thread.ts'
import { countGraphemes } from '../../domain/text-length.ts'
import { measure } from './limits.ts'

/** What can be set for a post on X beyond its text and media. */
export const twitterOptions = Type.Object(
  {
    replySettings: Type.Optional(
      Type.Union(
        [
          Type.Literal('following'),
          Type.Literal('mentionedUsers'),
          Type.Literal('subscribers'),
          Type.Literal('verified'),
        ],
        { description: 'Who may answer. Absent: everyone.' },
      ),
    ),
    replyTo: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'The post to answer: its address or its id.',
      }),
    ),
    thread: Type.Optional(Type.Boolean({ description: 'Publish a text over the limit as several posts.' })),
    threadNumbering: Type.Optional(
      Type.Boolean({ description: 'End each post of a thread with 1/4, 2/4 ...' }),
    ),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 25_000,
        description: 'An answer to the post, sent right after it.',
      }),
    ),
    poll: Type.Optional(
      Type.Object(
        {
          options: Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 2, maxItems: 4 }),
          expiresInSeconds: Type.Integer({ minimum: 300, maximum: 604_800 }),
        },
        { additionalProperties: false, description: 'A poll below the text; not together with media.' },
      ),
    ),
    madeWithAi: Type.Optional(Type.Boolean({ description: 'Say that the media were made with AI.' })),
    paidPartnership: Type.Optional(Type.Boolean({ description: 'Say that the post is a paid partnership.' })),
  },
  { additionalProperties: false },
)

export type TwitterOptions = Static<typeof twitterOptions>

/** They passed the schema before a network sees them. */
export const optionsOf = (draft: Draft) => draft.options as TwitterOptions

/** The id in `https://x.com/<name>/status/<id>`, or an id itself. */
export const postIdIn = (address: string): string | null =>
  /\/status\/(\d{1,19})(?:[/?#]|$)/.exec(address)?.[1] ?? /^\d{1,19}$/.exec(address.trim())?.[0] ?? null

export function checkTwitter(draft: Draft, limits: Limits): Issue[] {
  const issues: Issue[] = []
  const add = (path: string, rule: string, message: string, remedy: string, limit?: number, value?: number) =>
    issues.push({ path, rule, message, remedy, limit, value })
  const { replyTo, firstComment, poll } = optionsOf(draft)
  const gifs = draft.media.filter(({ mimeType }) => mimeType === 'image/gif').length
  if (gifs > 0 && draft.media.length > 1)
    add(
      'media',
      'twitter.gif_alone',
      'X shows an animated GIF only by itself.',
      'Keep the GIF or the other images.',
    )
  const cashtags = draft.text.match(/(?<=^|\s)\$[a-zA-Z]{1,6}(?:[._][a-zA-Z]{1,2})?(?=$|[\s.,!?;:)])/g) ?? []
  if (cashtags.length > 1)
    add(
      'text',
      'twitter.too_many_cashtags',
      `X takes one cashtag in a post; this one has ${cashtags.length}.`,
      'Keep one of them.',
      1,
      cashtags.length,
    )
  if (poll && draft.media.length > 0)
    add(
      'options.poll',
      'twitter.poll_with_media',
      'X shows a poll only without media.',
      'Remove the poll or the media.',
    )
  if (poll?.options.some((one) => countGraphemes(one) > (limits.poll?.optionGraphemesMax ?? 25)))
    add(
      'options.poll',
      'poll_option_too_long',
      'X takes poll answers of at most 25 characters.',
      'Shorten the answers.',
      25,
    )
  if (replyTo && !postIdIn(replyTo))
    add(
      'options.replyTo',
      'twitter.reply_address_invalid',
      `"${replyTo.slice(0, 100)}" is no address of a post on X.`,
      'Copy the address of the post: https://x.com/.../status/...',
    )
  if (firstComment && !fitsOnePost(firstComment, limits.text, measure))
    add(
      'options.firstComment',
      'first_comment_too_long',
      `X takes at most ${limits.text.max} characters; the first comment has ${measure(firstComment)}.`,
      'Shorten the first comment.',
      limits.text.max,
      measure(firstComment),
    )
  return issues
}

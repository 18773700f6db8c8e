import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Issue } from '../../domain/refusal.ts'
import { fitsOnePost, wantsThread } from '../../domain/split-thread.ts'
import { textLength } from '../../domain/text-length.ts'
import { parsePostAddress } from './post-address.ts'

/** What can be set for a post on Bluesky beyond its text and media. */
export const blueskyOptions = Type.Object(
  {
    langs: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*$' }), {
        maxItems: 3,
        description: 'The languages of the text: en, de, pt-BR. Readers filter and translate by it.',
      }),
    ),
    replyTo: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'The post to answer: its address on bsky.app, or its at:// address.',
      }),
    ),
    thread: Type.Optional(Type.Boolean({ description: 'Publish a text over the limit as several posts.' })),
    threadNumbering: Type.Optional(
      Type.Boolean({ description: 'End each post of a thread with 1/4, 2/4 ...' }),
    ),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 3000,
        description: 'An answer to the post, sent right after it.',
      }),
    ),
    linkCard: Type.Optional(
      Type.Boolean({
        description:
          'Whether the first address in a text without media is shown as a card. Yes, unless false.',
      }),
    ),
    contentWarnings: Type.Optional(
      Type.Array(
        Type.Union([
          Type.Literal('sexual'),
          Type.Literal('nudity'),
          Type.Literal('porn'),
          Type.Literal('graphic-media'),
        ]),
        { maxItems: 4, uniqueItems: true, description: 'Hides the media until the reader opens it.' },
      ),
    ),
  },
  { additionalProperties: false },
)

export type BlueskyOptions = Static<typeof blueskyOptions>

/** They passed the schema before a network sees them. */
export const optionsOf = (draft: Draft) => draft.options as BlueskyOptions

/**
 * The text as it goes out. A post shows either media or a card: with media the link goes to the end of the text, unless
 * it is there already.
 */
export const textWithLink = (draft: Draft): string =>
  draft.link && draft.media.length > 0 && !draft.text.includes(draft.link)
    ? [draft.text, draft.link].filter(Boolean).join('\n\n')
    : draft.text

/** What the common check cannot know: the link beside media, the answered post, and the first comment. */
export function checkBluesky(draft: Draft, limits: Limits): Issue[] {
  const issues: Issue[] = []
  const text = textWithLink(draft)
  if (fitsOnePost(draft.text, limits.text) && !fitsOnePost(text, limits.text) && !wantsThread(draft, limits))
    issues.push({
      path: 'link',
      rule: 'bluesky.link_beside_media',
      message: `Bluesky shows no link card beside media, so the link goes into the text, which then has ${textLength(text, limits.text)} characters; the most is ${limits.text.max}.`,
      remedy: 'Shorten the text, or leave out the link or the media.',
      limit: limits.text.max,
      value: textLength(text, limits.text),
    })
  const { replyTo, firstComment } = optionsOf(draft)
  if (replyTo && !parsePostAddress(replyTo))
    issues.push({
      path: 'options.replyTo',
      rule: 'bluesky.reply_address_invalid',
      message: `"${replyTo.slice(0, 100)}" is no address of a Bluesky post.`,
      remedy: 'Copy the address of the post from bsky.app: https://bsky.app/profile/.../post/...',
    })
  if (firstComment && !fitsOnePost(firstComment, limits.text))
    issues.push({
      path: 'options.firstComment',
      rule: 'first_comment_too_long',
      message: `Bluesky takes at most ${limits.text.max} characters; the first comment has ${textLength(firstComment, limits.text)}.`,
      remedy: 'Shorten the first comment.',
      limit: limits.text.max,
      value: textLength(firstComment, limits.text),
    })
  return issues
}

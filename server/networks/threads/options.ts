import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Issue } from '../../domain/refusal.ts'
import { measure } from './limits.ts'

/** What can be set for a post on Threads beyond its text and media (docs/threads/posts, read 2026-11-22). */
export const threadsOptions = Type.Object(
  {
    replyControl: Type.Optional(
      Type.Union(
        [
          Type.Literal('everyone'),
          Type.Literal('accounts_you_follow'),
          Type.Literal('mentioned_only'),
          Type.Literal('parent_post_author_only'),
          Type.Literal('followers_only'),
        ],
        { description: 'Who may answer. Absent: everyone.' },
      ),
    ),
    topicTag: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 50,
        pattern: '^[^.&]+$',
        description: 'The topic of the post, without #; no full stop and no ampersand.',
      }),
    ),
    quotePostId: Type.Optional(
      Type.String({ pattern: '^\\d{1,30}$', description: 'The id of the post to quote.' }),
    ),
    replyTo: Type.Optional(
      Type.String({ pattern: '^\\d{1,30}$', description: 'The id of the post to answer.' }),
    ),
    linkAttachment: Type.Optional(
      Type.String({
        pattern: '^https?://',
        maxLength: 2000,
        description: 'The address shown as a card; text posts only. Absent: the first one in the text.',
      }),
    ),
    poll: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 25 }), {
        minItems: 2,
        maxItems: 4,
        description: 'Answers to choose from, for 24 hours; text posts only.',
      }),
    ),
    spoiler: Type.Optional(Type.Boolean({ description: 'Hide the media behind a click.' })),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        description: 'An answer to the post, sent right after it.',
      }),
    ),
    thread: Type.Optional(Type.Boolean({ description: 'Publish a text over the limit as several posts.' })),
    threadNumbering: Type.Optional(Type.Boolean({ description: 'End each post with 1/4, 2/4 ...' })),
  },
  { additionalProperties: false },
)
export type ThreadsOptions = Static<typeof threadsOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as ThreadsOptions

/** "At most 5 unique links in a post", refused when the container is made (since 22 December 2025). */
const linksMax = 5

/** What Threads refuses and the shared limits cannot say. */
export function checkThreads(draft: Draft, limits: Limits): Issue[] {
  const options = optionsOf(draft)
  const issues: Issue[] = []
  const links = new Set(draft.text.match(/https?:\/\/\S+/g) ?? [])
  if (options.linkAttachment) links.add(options.linkAttachment)
  if (links.size > linksMax)
    issues.push({
      path: 'text',
      rule: 'threads.too_many_links',
      message: `Threads takes at most ${linksMax} different links in one post; this one has ${links.size}.`,
      remedy: `Remove ${links.size - linksMax}.`,
      limit: linksMax,
      value: links.size,
    })
  for (const name of ['poll', 'linkAttachment'] as const)
    if (options[name] && draft.media.length > 0)
      issues.push({
        path: `options.${name}`,
        rule: `threads.${name === 'poll' ? 'poll' : 'link'}_with_media`,
        message: `On Threads a ${name === 'poll' ? 'poll' : 'link card'} stands in posts without media only.`,
        remedy: 'Remove it or the media.',
      })
  if (options.poll && options.linkAttachment)
    issues.push({
      path: 'options.linkAttachment',
      rule: 'threads.poll_with_link',
      message: 'On Threads a poll and a link card do not stand in one post.',
      remedy: 'Remove one of the two.',
    })
  const comment = measure(options.firstComment ?? '')
  if (comment > limits.text.max)
    issues.push({
      path: 'options.firstComment',
      rule: 'text_too_long',
      message: `Threads takes at most ${limits.text.max} characters; the first comment has ${comment}.`,
      remedy: 'Shorten it.',
      limit: limits.text.max,
      value: comment,
    })
  return issues
}

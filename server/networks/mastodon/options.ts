import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Issue } from '../../domain/refusal.ts'
import { countGraphemes, textLength } from '../../domain/text-length.ts'

const pollOptions = Type.Object(
  {
    options: Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { minItems: 2, maxItems: 50 }),
    expiresInSeconds: Type.Integer({ minimum: 60, description: 'How long the poll stays open.' }),
    multiple: Type.Optional(Type.Boolean({ description: 'Whether a reader may choose several answers.' })),
    hideTotals: Type.Optional(Type.Boolean({ description: 'Hide the counts until the poll ends.' })),
  },
  { additionalProperties: false, description: 'A poll below the text; not together with media.' },
)

/** What can be set for a post on Mastodon beyond its text and media. */
export const mastodonOptions = Type.Object(
  {
    contentWarning: Type.Optional(
      Type.String({ maxLength: 5000, description: 'Shown instead of the post until the reader opens it.' }),
    ),
    visibility: Type.Optional(
      Type.Union(
        [Type.Literal('public'), Type.Literal('unlisted'), Type.Literal('private'), Type.Literal('direct')],
        { description: "Who sees it. Absent: the account's own default on its server." },
      ),
    ),
    language: Type.Optional(
      Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]+)*$', description: 'ISO 639 code of the text.' }),
    ),
    sensitive: Type.Optional(Type.Boolean({ description: 'Hide the media behind a click.' })),
    replyTo: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        description: "The post to answer: its id, or its address on the account's own server.",
      }),
    ),
    thread: Type.Optional(Type.Boolean({ description: 'Publish a text over the limit as several posts.' })),
    threadNumbering: Type.Optional(
      Type.Boolean({ description: 'End each post of a thread with 1/4, 2/4 ...' }),
    ),
    firstComment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 10_000,
        description: 'An answer to the post, sent right after it.',
      }),
    ),
    poll: Type.Optional(pollOptions),
    focus: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object({
          x: Type.Number({ minimum: -1, maximum: 1 }),
          y: Type.Number({ minimum: -1, maximum: 1 }),
        }),
        { description: 'By media id: the point that stays visible when the preview is cropped.' },
      ),
    ),
  },
  { additionalProperties: false },
)
export type MastodonOptions = Static<typeof mastodonOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as MastodonOptions

/** The limits of the text that is left beside a content warning, which the server counts as well. */
export function limitsBesideWarning(draft: Draft, limits: Limits): Limits {
  const warning = countGraphemes(optionsOf(draft).contentWarning ?? '')
  return { ...limits, text: { ...limits.text, max: Math.max(limits.text.max - warning, 1) } }
}

/** What Mastodon refuses and the shared limits cannot say. */
export function checkMastodon(draft: Draft, limits: Limits): Issue[] {
  const options = optionsOf(draft)
  return [
    ...checkWarning(draft, options, limits),
    ...checkFirstComment(options, limits),
    ...checkPoll(draft, options, limits),
  ]
}

function checkWarning(draft: Draft, options: MastodonOptions, limits: Limits): Issue[] {
  const { text } = limits
  const warning = countGraphemes(options.contentWarning ?? '')
  if (warning === 0) return []
  if (warning >= text.max)
    return [
      {
        path: 'options.contentWarning',
        rule: 'content_warning_too_long',
        message: `Mastodon counts the content warning as part of the post, which has at most ${text.max} characters; it alone has ${warning}.`,
        remedy: `Shorten it to less than ${text.max}.`,
        limit: text.max - 1,
        value: warning,
      },
    ]
  const value = textLength(draft.text, text) + warning
  // A text that is too long by itself was already said; a thread leaves room for the warning in each part.
  if (value <= text.max || value - warning > text.max || options.thread) return []
  return [
    {
      path: 'text',
      rule: 'text_too_long',
      message: `Mastodon takes at most ${text.max} characters; text and content warning have ${value}, as Mastodon counts.`,
      remedy: `Shorten them by ${value - text.max}, or publish it as a thread.`,
      limit: text.max,
      value,
    },
  ]
}

function checkFirstComment(options: MastodonOptions, limits: Limits): Issue[] {
  const value = textLength(options.firstComment ?? '', limits.text)
  if (value <= limits.text.max) return []
  return [
    {
      path: 'options.firstComment',
      rule: 'first_comment_too_long',
      message: `Mastodon takes at most ${limits.text.max} characters; the first comment has ${value}.`,
      remedy: `Shorten it by ${value - limits.text.max}.`,
      limit: limits.text.max,
      value,
    },
  ]
}

function checkPoll(draft: Draft, { poll }: MastodonOptions, limits: Limits): Issue[] {
  if (!poll) return []
  const most = limits.poll
  const at = (
    path: string,
    rule: string,
    message: string,
    remedy: string,
    limit?: number,
    value?: number,
  ) => ({
    path: `options.poll${path}`,
    rule,
    message,
    remedy,
    limit,
    value,
  })
  if (!most)
    return [at('', 'poll_unsupported', 'The server of this account has no polls.', 'Remove the poll.')]
  const issues: Issue[] = []
  if (draft.media.length > 0)
    issues.push(
      at('', 'poll_with_media', 'Mastodon does not take a poll and media in one post.', 'Keep one of them.'),
    )
  if (poll.options.length > most.optionsMax)
    issues.push(
      at(
        '.options',
        'poll_too_many_options',
        `A poll on this server has at most ${most.optionsMax} answers; this one has ${poll.options.length}.`,
        `Remove ${poll.options.length - most.optionsMax}.`,
        most.optionsMax,
        poll.options.length,
      ),
    )
  if (new Set(poll.options).size < poll.options.length)
    issues.push(
      at('.options', 'poll_options_repeat', 'Two answers of the poll are the same.', 'Make them differ.'),
    )
  for (const [index, option] of poll.options.entries()) {
    const value = countGraphemes(option)
    if (value > most.optionGraphemesMax)
      issues.push(
        at(
          `.options.${index}`,
          'poll_option_too_long',
          `An answer has at most ${most.optionGraphemesMax} characters on this server; "${option.slice(0, 20)}…" has ${value}.`,
          `Shorten it by ${value - most.optionGraphemesMax}.`,
          most.optionGraphemesMax,
          value,
        ),
      )
  }
  const durationMs = poll.expiresInSeconds * 1000
  if (durationMs < most.durationMsMin || durationMs > most.durationMsMax)
    issues.push(
      at(
        '.expiresInSeconds',
        'poll_duration',
        `A poll on this server stays open between ${most.durationMsMin / 1000} and ${most.durationMsMax / 1000} seconds.`,
        'Choose another duration.',
        durationMs < most.durationMsMin ? most.durationMsMin / 1000 : most.durationMsMax / 1000,
        poll.expiresInSeconds,
      ),
    )
  return issues
}

import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Issue } from '../../domain/refusal.ts'
import { requestBytesMax } from './limits.ts'

const snowflake = '^\\d{5,20}$'

/** What can be set for a message on Discord beyond its text and files. */
export const discordOptions = Type.Object(
  {
    username: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 80,
        description: 'Another name for this message. Webhooks only.',
      }),
    ),
    avatarUrl: Type.Optional(
      Type.String({
        maxLength: 2048,
        pattern: '^https?://',
        description: 'Another picture beside this message. Webhooks only.',
      }),
    ),
    mentions: Type.Optional(
      Type.Array(Type.Union([Type.Literal('users'), Type.Literal('roles'), Type.Literal('everyone')]), {
        maxItems: 3,
        description: 'Whom the mentions in the text may notify. Absent: nobody.',
      }),
    ),
    silent: Type.Optional(Type.Boolean({ description: 'Nobody gets a notification.' })),
    suppressEmbeds: Type.Optional(Type.Boolean({ description: 'Show links without a preview.' })),
    spoiler: Type.Optional(Type.Boolean({ description: 'Hide the files behind a click.' })),
    threadId: Type.Optional(
      Type.String({ pattern: snowflake, description: 'Post into this thread of the channel.' }),
    ),
    threadName: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: 'Open a post with this title in a forum channel. Webhooks only.',
      }),
    ),
    appliedTags: Type.Optional(
      Type.Array(Type.String({ pattern: snowflake }), {
        maxItems: 5,
        description: 'The ids of the tags of a forum post.',
      }),
    ),
    replyTo: Type.Optional(
      Type.String({
        pattern: '^(\\d{5,20}|https://([a-z]+\\.)?discord(app)?\\.com/channels/.+/\\d{5,20})$',
        maxLength: 300,
        description: 'The message to answer: its id, or its address. Bots only.',
      }),
    ),
    thread: Type.Optional(
      Type.Boolean({ description: 'Publish a text over the limit as several messages.' }),
    ),
    threadNumbering: Type.Optional(Type.Boolean({ description: 'End each message with 1/4, 2/4 ...' })),
  },
  { additionalProperties: false },
)
export type DiscordOptions = Static<typeof discordOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as DiscordOptions

/** What Discord refuses and the shared limits cannot say. */
export function checkDiscord(draft: Draft): Issue[] {
  const options = optionsOf(draft)
  const issues: Issue[] = []
  if (/discord|clyde/i.test(options.username ?? ''))
    issues.push({
      path: 'options.username',
      rule: 'discord.username_reserved',
      message: 'Discord refuses names that contain "discord" or "clyde".',
      remedy: 'Choose another name.',
    })
  if (options.threadId && options.threadName)
    issues.push({
      path: 'options.threadName',
      rule: 'discord.thread_ambiguous',
      message: 'A message goes either into a thread that exists (threadId) or opens a new one (threadName).',
      remedy: 'Remove one of the two.',
    })
  const bytes = draft.media.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes > requestBytesMax)
    issues.push({
      path: 'media',
      rule: 'discord.request_too_large',
      message: `Discord takes at most 25 MiB in one message; these files have ${Math.ceil(bytes / 2 ** 20)} MiB together.`,
      remedy: 'Make them smaller, or send them in several posts.',
      limit: requestBytesMax,
      value: bytes,
    })
  return issues
}

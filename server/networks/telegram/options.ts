import { type Static, Type } from 'typebox'
import type { Draft } from '../../domain/draft.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Issue } from '../../domain/refusal.ts'
import { captionMax } from './limits.ts'

/** What can be set for a post on Telegram beyond its text and media. */
export const telegramOptions = Type.Object(
  {
    parseMode: Type.Optional(
      Type.Union([Type.Literal('HTML'), Type.Literal('MarkdownV2')], {
        description: 'How the text is marked up. Absent: it is sent as it stands.',
      }),
    ),
    silent: Type.Optional(Type.Boolean({ description: 'Readers get the notification without a sound.' })),
    protectContent: Type.Optional(Type.Boolean({ description: 'Readers cannot forward or save the post.' })),
    linkPreview: Type.Optional(
      Type.Union([Type.Literal('off'), Type.Literal('small'), Type.Literal('large'), Type.Literal('above')], {
        description: 'The preview of the first link: none, with a small or large picture, or above the text.',
      }),
    ),
    linkPreviewUrl: Type.Optional(
      Type.String({
        maxLength: 2000,
        pattern: '^https?://',
        description: 'The link to preview instead of the first one.',
      }),
    ),
    spoiler: Type.Optional(Type.Boolean({ description: 'Hide pictures and videos behind a click.' })),
    asFile: Type.Optional(
      Type.Boolean({ description: 'Send pictures and videos as files, untouched by Telegram.' }),
    ),
    topicId: Type.Optional(
      Type.Integer({ minimum: 1, description: 'The topic of a forum group (message_thread_id).' }),
    ),
    replyTo: Type.Optional(
      Type.String({
        pattern: '^(\\d+|https://t\\.me/.+/\\d+)$',
        maxLength: 300,
        description: 'The message to answer, in the same chat: its number, or its address.',
      }),
    ),
    thread: Type.Optional(
      Type.Boolean({ description: 'Publish a text over the limit as several messages.' }),
    ),
    threadNumbering: Type.Optional(Type.Boolean({ description: 'End each message with 1/4, 2/4 ...' })),
  },
  { additionalProperties: false },
)
export type TelegramOptions = Static<typeof telegramOptions>

/** The options of a draft; they were validated before anything here sees them. */
export const optionsOf = (draft: Draft) => draft.options as TelegramOptions

/** With media the text is a caption, which is shorter; so are the messages of a thread that begins with media. */
export function limitsOf(draft: Draft, limits: Limits): Limits {
  if (draft.media.length === 0) return limits
  return { ...limits, text: { ...limits.text, max: Math.min(limits.text.max, captionMax) } }
}

/** What Telegram refuses and the shared limits cannot say. */
export function checkTelegram(draft: Draft, limits: Limits): Issue[] {
  return [...checkCaption(draft, limits), ...checkAlbum(draft)]
}

function checkCaption(draft: Draft, limits: Limits): Issue[] {
  const value = draft.text.length
  const { max } = limitsOf(draft, limits).text
  // A text over the whole limit was already said.
  if (optionsOf(draft).thread || value <= max || value > limits.text.max) return []
  return [
    {
      path: 'text',
      rule: 'text_too_long',
      message: `Telegram takes at most ${max} characters under pictures, videos and files; this text has ${value}.`,
      remedy: `Shorten it by ${value - max}, remove the media, or publish it as a thread.`,
      limit: max,
      value,
    },
  ]
}

/** "Documents can be only grouped with messages of the same type" (sendMediaGroup); an animation stands alone. */
function checkAlbum(draft: Draft): Issue[] {
  if (draft.media.length < 2 || optionsOf(draft).asFile) return []
  const documents = draft.media.filter((file) => file.kind === 'document').length
  const gifs = draft.media.flatMap((file, index) => (file.mimeType === 'image/gif' ? [index] : []))
  const issues: Issue[] = gifs.map((index) => ({
    path: `media.${index}`,
    rule: 'telegram.animation_in_album',
    message: `Telegram shows an animation only on its own: ${draft.media[index]?.filename} is a GIF among other files.`,
    remedy: 'Publish it alone, or convert it to a picture or a video.',
  }))
  if (documents > 0 && documents < draft.media.length)
    issues.push({
      path: 'media',
      rule: 'telegram.files_mixed',
      message: 'Telegram does not put files and pictures or videos into one album.',
      remedy: 'Keep one kind, or send everything as files (option asFile).',
    })
  return issues
}

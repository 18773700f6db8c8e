import type { Draft, MediaFacts } from '../../domain/draft.ts'
import { threadParts } from '../../domain/split-thread.ts'
import type {
  DeliveryInput,
  Json,
  KeySource,
  Lookup,
  MediaFile,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import { chatIn, messageUrl } from './chat.ts'
import { failureOf } from './failure.ts'
import { limitsOf, optionsOf } from './options.ts'
import { asNumber, asRecord, bodyOf, type Call, callChat, resultOf } from './request.ts'

/** Ten videos of 50 MB on a slow line; a text is answered within a second. */
export const writeTimeoutMs = 300_000
const textTimeoutMs = 30_000

type FileKind = 'photo' | 'video' | 'animation' | 'document'

/** One message, or one album, in the Bot API's words; the chat and the files' bytes are added when it is sent. */
export type MessagePayload = {
  method: string
  parameters: { [name: string]: Json }
  /** `field` is the parameter or attachment the file goes into. */
  files: { mediaId: string; kind: FileKind; field: string }[]
  /** A later part of a thread answers the message before it. */
  answersPrevious: boolean
}

/** Nothing can be uploaded ahead: the Bot API takes files together with the message. */
export async function prepare(): Promise<Prepared> {
  return { outcome: 'ready', prepared: null }
}

export function plan({ draft, limits }: DeliveryInput, _prepared: Json, keys: KeySource): Write[] {
  const parts = threadParts(draft, limitsOf(draft, limits))
  return parts.map((text, index): Write => {
    const payload = index === 0 ? firstMessage(draft, text) : textMessage(draft, text)
    return {
      kind: index === 0 ? 'post' : 'reply',
      key: keys.uuid(),
      payload: { ...payload, answersPrevious: index > 0 } satisfies MessagePayload,
    }
  })
}

type Message = Omit<MessagePayload, 'answersPrevious'>

function firstMessage(draft: Draft, text: string): Message {
  const message = draft.media.length === 0 ? textMessage(draft, text) : mediaMessage(draft, text)
  const replyTo = /\d+$/.exec(optionsOf(draft).replyTo ?? '')?.[0]
  if (replyTo) message.parameters.reply_parameters = { message_id: Number(replyTo) }
  return message
}

function textMessage(draft: Draft, text: string): Message {
  const preview = linkPreview(draft)
  return {
    method: 'sendMessage',
    parameters: {
      ...common(draft),
      text,
      ...parseMode(draft),
      ...(preview && { link_preview_options: preview }),
    },
    files: [],
  }
}

function mediaMessage(draft: Draft, text: string): Message {
  const [first, ...others] = draft.media
  if (!first) throw new Error('A message with media has none')
  return others.length === 0 ? singleFile(draft, text, first) : album(draft, text)
}

function singleFile(draft: Draft, text: string, file: MediaFacts): Message {
  const kind = kindOf(draft, file)
  return {
    method: { photo: 'sendPhoto', video: 'sendVideo', animation: 'sendAnimation', document: 'sendDocument' }[
      kind
    ],
    parameters: {
      ...common(draft),
      ...(text !== '' && { caption: text, ...parseMode(draft) }),
      ...facts(draft, file, kind),
    },
    files: [{ mediaId: file.id, kind, field: kind }],
  }
}

/** The caption of an album is that of its first item (platforms: clients show it under the whole album). */
function album(draft: Draft, text: string): Message {
  const files = draft.media.map((file, index) => ({
    mediaId: file.id,
    kind: kindOf(draft, file),
    field: `file${index}`,
  }))
  const media = draft.media.map((file, index) => ({
    type: kindOf(draft, file),
    media: `attach://file${index}`,
    ...facts(draft, file, kindOf(draft, file)),
    ...(index === 0 && text !== '' && { caption: text, ...parseMode(draft) }),
  }))
  return { method: 'sendMediaGroup', parameters: { ...common(draft), media }, files }
}

function kindOf(draft: Draft, file: MediaFacts): FileKind {
  if (file.kind === 'document' || optionsOf(draft).asFile) return 'document'
  if (file.kind === 'video') return 'video'
  return file.mimeType === 'image/gif' ? 'animation' : 'photo'
}

function common(draft: Draft): { [name: string]: Json } {
  const { silent, protectContent, topicId } = optionsOf(draft)
  return {
    ...(silent && { disable_notification: true }),
    ...(protectContent && { protect_content: true }),
    ...(topicId !== undefined && { message_thread_id: topicId }),
  }
}

function parseMode(draft: Draft): { [name: string]: Json } {
  const { parseMode: mode } = optionsOf(draft)
  return mode ? { parse_mode: mode } : {}
}

function linkPreview(draft: Draft): { [name: string]: Json } | null {
  const { linkPreview: preview, linkPreviewUrl: url } = optionsOf(draft)
  if (preview === 'off') return { is_disabled: true }
  if (!preview && !url) return null
  return {
    ...(url && { url }),
    ...(preview === 'small' && { prefer_small_media: true }),
    ...(preview === 'large' && { prefer_large_media: true }),
    ...(preview === 'above' && { show_above_text: true }),
  }
}

/** What Telegram cannot read from the file before it has processed it; without it a video shows as a square at first. */
function facts(draft: Draft, file: MediaFacts, kind: FileKind): { [name: string]: Json } {
  const isHidden = optionsOf(draft).spoiler === true && kind !== 'document'
  const spoiler: { [name: string]: Json } = isHidden ? { has_spoiler: true } : {}
  if (kind !== 'video') return spoiler
  return {
    ...spoiler,
    ...(file.width !== null && file.height !== null && { width: file.width, height: file.height }),
    ...(file.durationMs !== null && { duration: Math.round(file.durationMs / 1000) }),
    supports_streaming: true,
  }
}

// ---------------------------------------------------------------- sending

export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const payload = write.payload as MessagePayload
  const answer = await callChat(ctx, await callOf(payload, ctx.media, done))
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  const result = resultOf(answer)
  if (result !== undefined) return accepted(ctx, result)
  // The Bot API server also answers 500 when it is stopped between sending a message and hearing of it.
  if (answer.kind === 'answer' && (answer.ok || answer.status >= 500 || answer.status === 408))
    return {
      outcome: 'unknown',
      why: `Telegram answered ${answer.status}${words(bodyOf(answer)?.description)}`,
    }
  return { outcome: 'rejected', failure: failureOf(answer, 'publish the post') }
}

async function callOf(payload: MessagePayload, media: MediaFile[], done: Written[]): Promise<Call> {
  const files = await Promise.all(
    payload.files.map(async ({ mediaId, field }) => {
      const file = media.find(({ id }) => id === mediaId)
      if (!file) throw new Error(`The file ${mediaId} of this message was not given`)
      const blob = new Blob([new Uint8Array(await file.open())], { type: file.mimeType })
      return { field, blob, filename: file.filename }
    }),
  )
  const parameters = { ...payload.parameters }
  if (payload.answersPrevious) {
    const previous = done.at(-1)
    if (!previous) throw new Error('A part of a thread was sent before the part it answers')
    parameters.reply_parameters = { message_id: Number(previous.externalId) }
  }
  return {
    method: payload.method,
    parameters,
    files,
    timeoutMs: files.length > 0 ? writeTimeoutMs : textTimeoutMs,
  }
}

/** A message, or the messages of an album, whose first one stands for all. */
function accepted(ctx: PublishContext, result: Json): WriteResult {
  const messages = (Array.isArray(result) ? result : [result]).map(asRecord)
  const ids = messages.map((message) => asNumber(message?.message_id))
  const chat = chatIn(messages[0]?.chat)
  const [first] = ids
  if (first === undefined || !chat || ids.includes(undefined))
    return { outcome: 'unknown', why: 'Telegram answered "ok" without saying which message it made' }
  return {
    outcome: 'accepted',
    externalId: String(first),
    url: messageUrl(ctx.origin('web'), chat, first),
    data: { chatId: chat.id, messageIds: ids as number[] },
  }
}

const words = (description: Json | undefined) =>
  typeof description === 'string' ? `: ${description.slice(0, 200)}` : ''

/**
 * A bot cannot read a chat's history, and is not told of its own messages either: the official server leaves outgoing
 * messages out of `getUpdates` (Client.cpp, need_skip_update_message, read 2026-11-22). A person has to look.
 */
export async function lookup(): Promise<Lookup> {
  return { outcome: 'unknown', why: 'Telegram does not let a bot look for its own messages' }
}

import type { Failure } from '../../domain/delivery.ts'
import type { Draft } from '../../domain/draft.ts'
import { threadParts } from '../../domain/split-thread.ts'
import { FormData, type HttpRequest } from '../../net/http.ts'
import type {
  DeliveryInput,
  Json,
  KeySource,
  MediaFile,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
  Written,
} from '../network.ts'
import { channelUrl } from './connect.ts'
import { failureOf } from './failure.ts'
import { optionsOf } from './options.ts'
import { asString, resultOf, secretOf, sendAsBot, sendPlain, webhookPath } from './request.ts'

/** 25 MiB on a slow line; a text is answered within a second. */
export const writeTimeoutMs = 120_000
const textTimeoutMs = 30_000

/** "suppress embeds" and "suppress notifications" (resources/message, Message Flags). */
const suppressEmbeds = 1 << 2
const suppressNotifications = 1 << 12

/** One message, the same for webhooks and bots as far as it goes. */
export type MessagePayload = {
  content: string
  flags: number
  mentions: string[]
  files: { mediaId: string; filename: string; description: string | null }[]
  threadId: string | null
  threadName: string | null
  appliedTags: string[]
  username: string | null
  avatarUrl: string | null
  replyTo: string | null
  /** A later part of a thread answers the message before it, where the account can answer (bots). */
  answersPrevious: boolean
}

/** Nothing can be uploaded ahead. What the account's kind cannot do is said here, before anything is sent. */
export async function prepare(ctx: PublishContext, { draft }: DeliveryInput): Promise<Prepared> {
  const { kind } = secretOf(await ctx.secret.current())
  const options = optionsOf(draft)
  const misplaced =
    kind === 'bot'
      ? (['threadName', 'username', 'avatarUrl'] as const).find((name) => options[name] !== undefined)
      : (['replyTo'] as const).find((name) => options[name] !== undefined)
  if (misplaced) return { outcome: 'failed', failure: misplacedOption(misplaced, kind) }
  return { outcome: 'ready', prepared: null }
}

const misplacedOption = (option: string, kind: 'bot' | 'webhook'): Failure => ({
  class: 'permanent',
  rule: 'discord.option_misplaced',
  message: `The option ${option} does not work with a ${kind} on Discord.`,
  remedy:
    kind === 'bot' ? 'Remove it, or connect the channel through a webhook.' : 'Remove it, or connect a bot.',
})

export function plan({ draft, limits }: DeliveryInput, _prepared: Json, keys: KeySource): Write[] {
  return threadParts(draft, limits).map((text, index): Write => {
    const payload = index === 0 ? firstMessage(draft, text) : laterMessage(draft, text)
    return { kind: index === 0 ? 'post' : 'reply', key: nonceOf(keys.uuid()), payload }
  })
}

/** A nonce has at most 25 characters: the 16 bytes of a UUID in 22. */
const nonceOf = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')

function firstMessage(draft: Draft, text: string): MessagePayload {
  const options = optionsOf(draft)
  return {
    ...laterMessage(draft, text),
    files: draft.media.map(({ id, filename, altText }) => ({
      mediaId: id,
      // Discord hides files whose name begins so (reference, Uploading Files).
      filename: options.spoiler ? `SPOILER_${filename}` : filename,
      description: altText,
    })),
    threadName: options.threadName ?? null,
    appliedTags: options.appliedTags ?? [],
    replyTo: /\d+$/.exec(options.replyTo ?? '')?.[0] ?? null,
    answersPrevious: false,
  }
}

function laterMessage(draft: Draft, text: string): MessagePayload {
  const options = optionsOf(draft)
  return {
    content: text,
    flags: (options.suppressEmbeds ? suppressEmbeds : 0) | (options.silent ? suppressNotifications : 0),
    mentions: options.mentions ?? [],
    files: [],
    threadId: options.threadId ?? null,
    threadName: null,
    appliedTags: [],
    username: options.username ?? null,
    avatarUrl: options.avatarUrl ?? null,
    replyTo: null,
    answersPrevious: true,
  }
}

// ---------------------------------------------------------------- sending

export async function commit(ctx: PublishContext, write: Write, done: Written[]): Promise<WriteResult> {
  const payload = write.payload as MessagePayload
  const secret = secretOf(await ctx.secret.current())
  const threadId = payload.threadId ?? threadOpenedBy(done)
  const timeoutMs = payload.files.length > 0 ? writeTimeoutMs : textTimeoutMs
  const answer =
    secret.kind === 'webhook'
      ? await sendPlain(ctx, {
          method: 'POST',
          path: webhookPath(secret),
          // Without wait, failures are silent and no id comes back (resources/webhook, Execute Webhook).
          query: { wait: true, thread_id: threadId ?? undefined },
          ...(await bodyOf(webhookMessage(payload), payload, ctx.media)),
          timeoutMs,
        })
      : await sendAsBot(ctx, secret.botToken, {
          method: 'POST',
          path: `/channels/${threadId ?? secret.channelId}/messages`,
          ...(await bodyOf(botMessage(payload, write.key, done), payload, ctx.media)),
          timeoutMs,
        })
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  if (answer.kind === 'answer') reportBudget(ctx, answer.headers)
  const message = resultOf(answer)
  if (message) return accepted(ctx, message)
  if (answer.kind === 'answer' && (answer.ok || answer.status >= 500 || answer.status === 408))
    return { outcome: 'unknown', why: `Discord answered ${answer.status}` }
  return { outcome: 'rejected', failure: failureOf(answer, 'publish the message') }
}

/**
 * What is left of the route's bucket, and in how many seconds it is full again; both depend on the channel and are told
 * by every answer (topics/rate-limits).
 */
function reportBudget(ctx: PublishContext, headers: Headers) {
  const left = Number(headers.get('x-ratelimit-remaining') ?? Number.NaN)
  const seconds = Number(headers.get('x-ratelimit-reset-after') ?? Number.NaN)
  if (Number.isFinite(left) && Number.isFinite(seconds))
    ctx.budget?.(left, new Date(ctx.now().getTime() + Math.ceil(seconds * 1000)))
}

/** The thread that the first message of a series opened in a forum. */
function threadOpenedBy(done: Written[]): string | null {
  const first = done[0]
  const opened = (first?.write.payload as MessagePayload | undefined)?.threadName
  return opened ? (asString((first?.data as { channelId?: Json } | null)?.channelId) ?? null) : null
}

function webhookMessage(payload: MessagePayload): Record<string, unknown> {
  return {
    ...commonMessage(payload),
    ...(payload.username && { username: payload.username }),
    ...(payload.avatarUrl && { avatar_url: payload.avatarUrl }),
    ...(payload.threadName && { thread_name: payload.threadName }),
    ...(payload.threadName && payload.appliedTags.length > 0 && { applied_tags: payload.appliedTags }),
  }
}

/**
 * "If another message was created by the same author with the same nonce, that message will be returned and no new
 * message will be created" (resources/message, enforce_nonce).
 */
function botMessage(payload: MessagePayload, nonce: string, done: Written[]): Record<string, unknown> {
  const answered = payload.answersPrevious ? done.at(-1)?.externalId : payload.replyTo
  return {
    ...commonMessage(payload),
    nonce,
    enforce_nonce: true,
    ...(answered && {
      // A message that was deleted meanwhile must not hold up the rest of a thread; an answer to nothing is refused.
      message_reference: { message_id: answered, fail_if_not_exists: !payload.answersPrevious },
    }),
  }
}

function commonMessage({ content, flags, mentions, files }: MessagePayload): Record<string, unknown> {
  return {
    ...(content !== '' && { content }),
    ...(flags !== 0 && { flags }),
    allowed_mentions: { parse: mentions, replied_user: false },
    ...(files.length > 0 && {
      attachments: files.map(({ filename, description }, index) => ({
        id: String(index),
        filename,
        ...(description && { description }),
      })),
    }),
  }
}

async function bodyOf(
  message: Record<string, unknown>,
  { files }: MessagePayload,
  media: MediaFile[],
): Promise<Pick<HttpRequest, 'json' | 'multipart'>> {
  if (files.length === 0) return { json: message }
  const form = new FormData()
  form.append('payload_json', JSON.stringify(message))
  for (const [index, { mediaId, filename }] of files.entries()) {
    const file = media.find(({ id }) => id === mediaId)
    if (!file) throw new Error(`The file ${mediaId} of this message was not given`)
    const blob = new Blob([new Uint8Array(await file.open())], { type: file.mimeType })
    form.append(`files[${index}]`, blob, filename)
  }
  return { multipart: form }
}

function accepted(ctx: PublishContext, message: Record<string, Json>): WriteResult {
  const id = asString(message.id)
  const channelId = asString(message.channel_id)
  if (!id || !channelId)
    return { outcome: 'unknown', why: 'Discord answered 200 without saying which message it made' }
  return { outcome: 'accepted', ...published(ctx, id, channelId) }
}

export function published(ctx: PublishContext, id: string, channelId: string) {
  const guildId = asString(ctx.account.settings.guildId) ?? null
  return { externalId: id, url: `${channelUrl(ctx, guildId, channelId)}/${id}`, data: { channelId } }
}

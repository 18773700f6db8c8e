import { isMultipart } from '../bodies.ts'
import { grown } from '../growth.ts'
import type { FeedPost, World } from '../simulator.ts'
import { type Author, type Channel, channelOf, presentAuthor } from './channels.ts'
import { invalidForm, refuse } from './refusals.ts'

export interface Message {
  id: string
  channelId: string
  author: Author
  webhookId: string | null
  content: string
  at: string
  flags: number
  attachments: Attachment[]
  replyTo: string | null
  nonce: string | null
  /** By emoji, beyond those that come with age. */
  reactions: Record<string, number>
}

interface Attachment {
  id: string
  fileId: string
  filename: string
  description: string | null
}

/** What a request says of a message, as JSON or in `payload_json` beside files. */
export interface MessageForm {
  content?: string | null
  flags?: number | null
  nonce?: string | number | null
  enforce_nonce?: boolean | null
  username?: string | null
  thread_name?: string | null
  attachments?: { id: string | number; filename?: string | null; description?: string | null }[] | null
  message_reference?: { message_id?: string; fail_if_not_exists?: boolean } | null
  embeds?: unknown[] | null
}

/** docs.discord.com/developers/resources/message and reference, Uploading Files (read 2026-11-22). */
const contentMax = 2000
const fileBytesMax = 10 * 2 ** 20
const filesMax = 10
const descriptionMax = 1024
/** "checked for uniqueness in the past few minutes" */
const nonceKeptMs = 5 * 60_000

export const messagesOf = (world: World) => world.table<Message>('messages', { max: 5_000 })

export function formOf(body: unknown): MessageForm {
  if (!isMultipart(body)) return Buffer.isBuffer(body) ? {} : (body as MessageForm)
  const text = body.fields.payload_json
  if (text === undefined) return body.fields as MessageForm
  try {
    return JSON.parse(text) as MessageForm
  } catch {
    throw refuse(400, 50_109, 'The request body contains invalid JSON.')
  }
}

/**
 * Checks and keeps a message. A nonce that the same author used in the last minutes gives the message it made then.
 */
export async function addMessage(
  world: World,
  where: Channel,
  by: { author: Author; webhookId: string | null },
  body: unknown,
): Promise<Message> {
  const form = formOf(body)
  checkForm(form)
  const nonce = form.nonce === undefined || form.nonce === null ? null : String(form.nonce)
  const earlier =
    form.enforce_nonce === true && nonce !== null ? withNonce(world, by.author, nonce) : undefined
  if (earlier) return earlier
  const attachments = await keepAttachments(world, form, body)
  const content = form.content ?? ''
  if (content.trim() === '' && attachments.length === 0 && !form.embeds?.length)
    throw refuse(400, 50_006, 'Cannot send an empty message')
  const message: Message = {
    id: nextSnowflake(world),
    channelId: where.id,
    ...by,
    author: form.username && by.webhookId ? { ...by.author, username: form.username } : by.author,
    content: content.trim(),
    at: world.now().toISOString(),
    flags: form.flags ?? 0,
    attachments,
    replyTo: replyOf(world, where, form),
    nonce,
    reactions: {},
  }
  return messagesOf(world).put(message.id, message)
}

function checkForm(form: MessageForm) {
  if ([...(form.content ?? '')].length > contentMax)
    throw invalidForm('content', 'BASE_TYPE_MAX_LENGTH', `Must be ${contentMax} or fewer in length.`)
  if (String(form.nonce ?? '').length > 25)
    throw invalidForm('nonce', 'NONCE_TYPE_TOO_LONG', 'Must be 25 or fewer in length.')
  if (form.username !== undefined && form.username !== null && /discord|clyde/i.test(form.username))
    throw invalidForm('username', 'USERNAME_INVALID_CONTAINS', 'Username cannot contain "discord" or "clyde"')
  for (const { description } of form.attachments ?? [])
    if ((description ?? '').length > descriptionMax)
      throw invalidForm(
        'attachments',
        'BASE_TYPE_MAX_LENGTH',
        `Must be ${descriptionMax} or fewer in length.`,
      )
}

function withNonce(world: World, author: Author, nonce: string): Message | undefined {
  const since = world.now().getTime() - nonceKeptMs
  return messagesOf(world)
    .all()
    .find((one) => one.nonce === nonce && one.author.id === author.id && Date.parse(one.at) > since)
}

async function keepAttachments(world: World, form: MessageForm, body: unknown): Promise<Attachment[]> {
  const files = isMultipart(body) ? body.files : []
  if (files.length > filesMax)
    throw invalidForm('attachments', 'BASE_TYPE_MAX_LENGTH', `Must be ${filesMax} or fewer in length.`)
  const kept: Attachment[] = []
  for (const file of files) {
    if (file.bytes.byteLength > fileBytesMax) throw refuse(413, 40_005, 'Request entity too large')
    const position = /^files\[(\d+)\]$/.exec(file.field)?.[1]
    if (position === undefined) throw invalidForm(file.field, 'UNKNOWN_FIELD', 'Files are named files[n].')
    const said = form.attachments?.find(({ id }) => String(id) === position)
    const { id } = await world.media.keep(file.bytes, { mimeType: file.mimeType, filename: file.filename })
    kept.push({
      id: nextSnowflake(world),
      fileId: id,
      filename: said?.filename ?? file.filename,
      description: said?.description ?? null,
    })
  }
  return kept
}

function replyOf(world: World, where: Channel, form: MessageForm): string | null {
  const id = form.message_reference?.message_id
  if (!id) return null
  if (messagesOf(world).get(id)?.channelId === where.id) return id
  if (form.message_reference?.fail_if_not_exists === false) return null
  throw invalidForm('message_reference', 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message')
}

/** Milliseconds since 2015 and a counter, as Discord makes its ids. */
export function nextSnowflake(world: World): string {
  const counter = BigInt(world.nextNumber('snowflake') % 4096)
  return String(((BigInt(world.now().getTime()) - 1_420_070_400_000n) << 22n) | counter)
}

/** `MessageResponse` */
export function presentMessage(
  world: World,
  message: Message,
  options: { withNonce: boolean; withContent?: boolean },
) {
  const { withContent = true } = options
  return {
    id: message.id,
    type: message.replyTo ? 19 : 0,
    channel_id: message.channelId,
    content: withContent ? message.content : '',
    author: presentAuthor(message.author),
    ...(message.webhookId && { webhook_id: message.webhookId }),
    attachments: withContent ? message.attachments.map((one) => presentAttachment(world, one)) : [],
    embeds: [],
    mentions: [],
    mention_roles: [],
    mention_everyone: false,
    pinned: false,
    tts: false,
    timestamp: message.at,
    edited_timestamp: null,
    flags: message.flags,
    components: [],
    ...(options.withNonce && message.nonce !== null && { nonce: message.nonce }),
    ...(message.replyTo && {
      message_reference: { type: 0, channel_id: message.channelId, message_id: message.replyTo },
    }),
    ...(Object.keys(reactionsOf(world, message)).length > 0 && {
      reactions: presentReactions(world, message),
    }),
  }
}

function presentAttachment(world: World, { id, fileId, filename, description }: Attachment) {
  const file = world.media.get(fileId)
  const url = world.media.url(fileId)
  return {
    id,
    filename,
    size: file?.bytes ?? 0,
    url,
    proxy_url: url,
    ...(file && { content_type: file.mimeType }),
    ...(file?.width && file.height && { width: file.width, height: file.height }),
    ...(description !== null && { description }),
  }
}

function reactionsOf(world: World, message: Message): Record<string, number> {
  const ageMs = world.now().getTime() - Date.parse(message.at)
  const thumbs = grown(`${message.id}:👍`, ageMs, 12) + (message.reactions['👍'] ?? 0)
  return { ...message.reactions, ...(thumbs > 0 && { '👍': thumbs }) }
}

const presentReactions = (world: World, message: Message) =>
  Object.entries(reactionsOf(world, message)).map(([name, count]) => ({
    emoji: { id: null, name },
    count,
    count_details: { burst: 0, normal: count },
    burst_colors: [],
    me_burst: false,
    me: false,
  }))

export function feedOf(world: World): FeedPost[] {
  return messagesOf(world)
    .all()
    .map((message) => feedPost(world, message))
}

function feedPost(world: World, message: Message): FeedPost {
  const channel = channelOf(world, message.channelId)
  return {
    id: message.id,
    author: { name: message.author.username, handle: message.webhookId ? 'webhook' : 'bot' },
    place: `#${channel.name}`,
    text: message.content,
    at: message.at,
    url: world.publicUrl(`/web/channels/${channel.guildId}/${channel.id}/${message.id}`),
    replyTo: message.replyTo,
    media: message.attachments.map(({ fileId, filename, description }) => {
      const file = world.media.get(fileId)
      const mimeType = file?.mimeType ?? 'application/octet-stream'
      const kind = mimeType.startsWith('image/')
        ? 'image'
        : mimeType.startsWith('video/')
          ? 'video'
          : 'document'
      return { kind, url: file ? world.media.url(fileId) : null, mimeType, filename, altText: description }
    }),
    counts: reactionsOf(world, message),
    notes: (message.flags & 4096) !== 0 ? ['without a sound'] : [],
  }
}

import type { UploadedFile } from '../bodies.ts'
import type { KeptFile } from '../kept-media.ts'
import type { FeedPost, World } from '../simulator.ts'
import { type Bot, type Chat, presentBot, presentChat } from './chats.ts'
import { parsedText } from './entities.ts'
import type { Parameters } from './parameters.ts'
import { badRequest } from './refusals.ts'

export type FileKind = 'photo' | 'video' | 'animation' | 'document'

export interface Message {
  id: number
  chatId: number
  bot: Bot
  /** Seconds, as Telegram counts. */
  date: number
  text: string
  /** Above: the text of a message; below: the caption of a file. */
  file: { kind: FileKind; id: string; spoiler: boolean } | null
  groupId: string | null
  replyTo: number | null
  threadId: number | null
  silent: boolean
  protectedContent: boolean
}

/** Caption and text limits "after entities parsing" (Bot API 10.1, sendMessage and sendPhoto). */
const textMax = 4096
const captionMax = 1024
const photoBytesMax = 10_000_000
const fileBytesMax = 50_000_000

export const messagesOf = (world: World) => world.table<Message>('messages', { max: 5_000 })
const keyOf = (chatId: number, id: number) => `${chatId}/${id}`

export function readText(given: Parameters, options: { name: 'text' | 'caption' }): string {
  const raw = given.text(options.name) ?? ''
  const text = given.object('entities') ? raw : parsedText(raw, given.text('parse_mode'))
  if (options.name === 'text' && text.trim() === '') throw badRequest('message text is empty')
  const length = [...text].length
  if (options.name === 'text' && length > textMax) throw badRequest('message is too long')
  if (options.name === 'caption' && length > captionMax) throw badRequest('message caption is too long')
  return text
}

/** A file as it is sent: uploaded bytes, a `file_id`, or an address that Telegram fetches. */
export async function readFile(
  world: World,
  kind: FileKind,
  source: UploadedFile | string | undefined,
): Promise<KeptFile> {
  if (source === undefined) throw badRequest(`there is no ${kind} in the request`)
  if (typeof source === 'string' && !/^https?:/i.test(source)) {
    const known = world.media.get(source)
    if (!known) throw badRequest('wrong file identifier/HTTP URL specified')
    return known
  }
  const { bytes, mimeType, filename } = await bytesOf(world, source)
  if (bytes.byteLength === 0) throw badRequest('file must be non-empty')
  if (bytes.byteLength > (kind === 'photo' ? photoBytesMax : fileBytesMax))
    throw badRequest('file is too big')
  const kept = await world.media.keep(bytes, { mimeType, filename })
  if (kind === 'photo') checkPhoto(kept)
  return kept
}

async function bytesOf(world: World, source: UploadedFile | string) {
  if (typeof source !== 'string') return source
  const pulled = await world.pull(source)
  if (pulled.outcome === 'failed') throw badRequest('failed to get HTTP URL content')
  return { bytes: pulled.bytes, mimeType: pulled.mimeType, filename: null }
}

/** "Width and height must not exceed 10000 in total. Width and height ratio must be at most 20" (sendPhoto). */
function checkPhoto({ width, height }: KeptFile) {
  if (width === null || height === null) throw badRequest('IMAGE_PROCESS_FAILED')
  if (width + height > 10_000 || Math.max(width / height, height / width) > 20)
    throw badRequest('PHOTO_INVALID_DIMENSIONS')
}

export function addMessage(
  world: World,
  chat: Chat,
  bot: Bot,
  given: Parameters,
  what: Pick<Message, 'text' | 'file' | 'groupId'>,
): Message {
  const id = world.nextNumber(`message:${chat.id}`)
  return messagesOf(world).put(keyOf(chat.id, id), {
    ...what,
    id,
    chatId: chat.id,
    bot,
    date: Math.floor(world.now().getTime() / 1000),
    replyTo: replyOf(world, chat, given),
    threadId: given.number('message_thread_id') ?? null,
    silent: given.flag('disable_notification'),
    protectedContent: given.flag('protect_content'),
  })
}

function replyOf(world: World, chat: Chat, given: Parameters): number | null {
  const reply = given.object<{ message_id?: number; allow_sending_without_reply?: boolean }>(
    'reply_parameters',
  )
  if (!reply?.message_id) return null
  if (messagesOf(world).get(keyOf(chat.id, reply.message_id))) return reply.message_id
  if (reply.allow_sending_without_reply) return null
  throw badRequest('message to be replied not found')
}

/** False when there is no such message. */
export const deleteMessage = (world: World, chat: Chat, id: number) =>
  messagesOf(world).delete(keyOf(chat.id, id))

/** `Message` of the Bot API. */
export function presentMessage(world: World, chat: Chat, message: Message) {
  const isChannel = chat.type === 'channel'
  return {
    message_id: message.id,
    ...(isChannel ? { sender_chat: presentChat(chat) } : { from: presentBot(message.bot) }),
    chat: presentChat(chat),
    date: message.date,
    ...(message.threadId !== null && { message_thread_id: message.threadId }),
    ...(message.groupId !== null && { media_group_id: message.groupId }),
    ...(message.protectedContent && { has_protected_content: true }),
    ...(message.file
      ? { ...presentFile(world, message), ...(message.text && { caption: message.text }) }
      : { text: message.text }),
  }
}

function presentFile(world: World, { file }: Message) {
  const kept = file && world.media.get(file.id)
  if (!file || !kept) return {}
  const common = { file_id: kept.id, file_unique_id: kept.sha256.slice(0, 16), file_size: kept.bytes }
  const named = { ...common, mime_type: kept.mimeType, ...(kept.filename && { file_name: kept.filename }) }
  const size = { width: kept.width ?? 1280, height: kept.height ?? 720 }
  const spoiler = file.spoiler ? { has_media_spoiler: true } : {}
  switch (file.kind) {
    case 'photo':
      return { photo: [{ ...common, ...size }], ...spoiler }
    case 'video':
      return { video: { ...named, ...size, duration: 0 }, ...spoiler }
    case 'animation':
      return { animation: { ...named, ...size, duration: 0 }, document: named, ...spoiler }
    case 'document':
      return { document: named }
  }
}

/** Messages as readers see them: an album is one post. */
export function feedOf(world: World): FeedPost[] {
  const chats = world.table<Chat>('chats')
  const albums = new Map<string, FeedPost>()
  const posts: FeedPost[] = []
  for (const message of messagesOf(world).all()) {
    const chat = chats.get(String(message.chatId))
    if (!chat) continue
    const album = message.groupId === null ? undefined : albums.get(message.groupId)
    if (album) {
      album.text ||= message.text
      album.media?.push(...mediaOf(world, message))
      continue
    }
    const post = feedPost(world, chat, message)
    if (message.groupId !== null) albums.set(message.groupId, post)
    posts.push(post)
  }
  return posts
}

export function feedPost(world: World, chat: Chat, message: Message): FeedPost {
  const isChannel = chat.type === 'channel'
  return {
    id: keyOf(chat.id, message.id),
    author: isChannel
      ? { name: chat.title, handle: chat.username ? `@${chat.username}` : 'private channel' }
      : { name: message.bot.name, handle: `@${message.bot.username}` },
    place: isChannel ? null : chat.title,
    text: message.text,
    at: new Date(message.date * 1000).toISOString(),
    url: permalink(world, chat, message.id),
    media: mediaOf(world, message),
    replyTo: message.replyTo === null ? null : keyOf(chat.id, message.replyTo),
    notes: [message.silent && 'without a sound', message.protectedContent && 'protected'].filter(
      (note) => note !== false,
    ),
  }
}

function mediaOf(world: World, { file }: Message): NonNullable<FeedPost['media']> {
  if (!file) return []
  const kept = world.media.get(file.id)
  const kind = file.kind === 'document' ? 'document' : kept?.mimeType.startsWith('image/') ? 'image' : 'video'
  return [
    {
      kind,
      url: kept ? world.media.url(kept.id) : null,
      mimeType: kept?.mimeType ?? 'application/octet-stream',
      filename: kept?.filename ?? null,
      altText: null,
    },
  ]
}

/** As `https://t.me` spells it: by name, or `c/` and the id without its -100. */
export function permalink(world: World, chat: Chat, id: number): string | null {
  if (chat.username) return world.publicUrl(`/web/${chat.username}/${id}`)
  if (String(chat.id).startsWith('-100')) return world.publicUrl(`/web/c/${String(chat.id).slice(4)}/${id}`)
  return null
}

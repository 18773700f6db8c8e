import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Answer, Refused, send } from '../answer.ts'
import type { UploadedFile } from '../bodies.ts'
import type { Simulator, World } from '../simulator.ts'
import {
  type Bot,
  botOf,
  type Chat,
  chatOf,
  memberCount,
  presentBot,
  presentFullChat,
  presentMember,
  writableChat,
} from './chats.ts'
import {
  addMessage,
  deleteMessage,
  type FileKind,
  feedOf,
  presentMessage,
  readFile,
  readText,
} from './messages.ts'
import { type Parameters, parametersOf } from './parameters.ts'
import { badRequest, telegramError, tooManyRequests } from './refusals.ts'

/** Telegram's Bot API, as far as publishing needs it. Any token is a bot, any chat id a chat (see chats.ts). */
export const telegram: Simulator = {
  id: 'telegram',
  name: 'Telegram',
  color: '#2aabee',
  bodyBytesMax: 52_000_000,

  routes(app, world) {
    const limits = { chat: world.rateLimit(chatLimit), bot: world.rateLimit(botLimit) }
    const config = {
      simulated: {
        operation: (request: FastifyRequest) => pathOf(request).method,
        text: (request: FastifyRequest) => textOf(request),
        account: (request: FastifyRequest) =>
          `${pathOf(request).botId}/${parametersOf(request).text('chat_id')}`,
      },
    }

    async function handle(request: FastifyRequest) {
      const bot = botOf(world, pathOf(request).token)
      const method = methods[pathOf(request).method]
      if (!method) throw new Refused(telegramError(404, 'Not Found: method not found'))
      const given = parametersOf(request)
      if (method.sends) {
        const perMinute = world.table<number>('settings').get('perMinute')
        const key = `${bot.id}/${given.text('chat_id')}`
        const taken = perMinute === undefined ? limits.chat.take(key) : lowered(world, perMinute).take(key)
        if (!taken.allowed) throw new Refused(tooManyRequests(taken.retryAfterMs))
      }
      if (!limits.bot.take(String(bot.id)).allowed) throw new Refused(tooManyRequests(1_000))
      return { ok: true, result: await method.answer(world, bot, given) }
    }
    app.get('/bot:token/:method', { config }, handle)
    app.post('/bot:token/:method', { config }, handle)

    const show = (request: FastifyRequest, reply: FastifyReply) => {
      const { chat, id } = request.params as { chat: string; id: string }
      const ending = `/web/${request.url.includes('/web/c/') ? 'c/' : ''}${chat}/${id}`
      return send(reply, world.postPage(feedOf(world).find(({ url }) => url?.endsWith(ending))))
    }
    app.get('/web/:chat/:id', show)
    app.get('/web/c/:chat/:id', show)
  },

  feed: feedOf,

  refusals: {
    rejected: () => telegramError(400, 'Bad Request: MESSAGE_REJECTED_BY_SANDBOX'),
    rateLimited: (_request, retryAfterMs) => tooManyRequests(retryAfterMs),
    expired: () => telegramError(401, 'Unauthorized'),
    serverError: () => telegramError(500, 'Internal Server Error'),
    notFound: () => telegramError(404, 'Not Found'),
    badRequest: (_request, why): Answer =>
      /too large/i.test(why)
        ? telegramError(413, 'Request Entity Too Large')
        : telegramError(400, `Bad Request: ${why}`),
  },

  controls: {
    /** `{chatId}`: the group becomes a supergroup with another id, and says so from now on. */
    migrate(world, input) {
      const chats = world.table<Chat>('chats')
      const old = chatOf(world, String(input.chatId))
      const id = Number(`-100${String(Math.abs(old.id)).padStart(10, '0')}`)
      chats.put(String(id), { ...old, id, type: 'supergroup' })
      chats.put(String(old.id), { ...old, migratedTo: id })
      return { migratedTo: id }
    },
    /** `{chatId, status}`: what the bot is in the chat: administrator, member, left or kicked. */
    setBotStatus(world, input) {
      const chat = chatOf(world, String(input.chatId))
      return world.table<Chat>('chats').put(String(chat.id), { ...chat, botStatus: String(input.status) })
    },
    /** `{botId}`: BotFather takes the token back. */
    revokeToken(world, input) {
      world.table<true>('revoked').put(String(input.botId), true)
    },
    /** `{perMinute}`: messages per chat and minute; null for the default. */
    setRateLimit(world, input) {
      const settings = world.table<number>('settings')
      if (typeof input.perMinute === 'number') settings.put('perMinute', input.perMinute)
      else settings.delete('perMinute')
    },
  },
}

/**
 * Telegram gives no exact limits; its FAQ speaks of 20 a minute per group and 30 a second overall
 * (core.telegram.org/bots/faq, repeated by grammy.dev/advanced/flood, read 2026-11-22). Far wider here, so that tests of
 * something else do not meet them; `setRateLimit` narrows it.
 */
const chatLimit = { limit: 600, windowMs: 60_000 }
const botLimit = { limit: 300, windowMs: 1_000 }

const loweredLimits = new WeakMap<World, { perMinute: number; limit: ReturnType<World['rateLimit']> }>()

function lowered(world: World, perMinute: number) {
  let kept = loweredLimits.get(world)
  if (kept?.perMinute !== perMinute) {
    kept = { perMinute, limit: world.rateLimit({ limit: perMinute, windowMs: 60_000 }) }
    loweredLimits.set(world, kept)
  }
  return kept.limit
}

interface Method {
  /** Whether it counts against the chat's limit. */
  sends: boolean
  answer(world: World, bot: Bot, given: Parameters): unknown
}

/** By lower-case name: the Bot API does not care how a method is capitalised. */
const methods: Record<string, Method> = {
  getme: { sends: false, answer: (_world, bot) => presentBot(bot) },
  getchat: {
    sends: false,
    answer: (world, _bot, given) => presentFullChat(chatOf(world, given.text('chat_id'))),
  },
  getchatmember: { sends: false, answer: getChatMember },
  getchatmembercount: {
    sends: false,
    answer: (world, _bot, given) => memberCount(chatOf(world, given.text('chat_id'))),
  },
  getupdates: { sends: false, answer: () => [] }, // a bot is not told of its own messages
  sendmessage: { sends: true, answer: sendMessage },
  sendphoto: { sends: true, answer: (...them) => sendFile('photo', ...them) },
  sendvideo: { sends: true, answer: (...them) => sendFile('video', ...them) },
  sendanimation: { sends: true, answer: (...them) => sendFile('animation', ...them) },
  senddocument: { sends: true, answer: (...them) => sendFile('document', ...them) },
  sendmediagroup: { sends: true, answer: sendMediaGroup },
  deletemessage: { sends: false, answer: deleteOne },
  deletemessages: { sends: false, answer: deleteMany },
}

function getChatMember(world: World, bot: Bot, given: Parameters) {
  const chat = chatOf(world, given.text('chat_id'))
  if (given.number('user_id') !== bot.id) throw badRequest('PARTICIPANT_ID_INVALID')
  return presentMember(chat, bot)
}

function sendMessage(world: World, bot: Bot, given: Parameters) {
  const chat = writableChat(world, given.text('chat_id'))
  const text = readText(given, { name: 'text' })
  return presentMessage(world, chat, addMessage(world, chat, bot, given, { text, file: null, groupId: null }))
}

async function sendFile(kind: FileKind, world: World, bot: Bot, given: Parameters) {
  const chat = writableChat(world, given.text('chat_id'))
  const text = readText(given, { name: 'caption' })
  const source = given.file(kind) ?? attached(given, given.text(kind))
  const { id } = await readFile(world, kind, source)
  const file = { kind, id, spoiler: given.flag('has_spoiler') }
  return presentMessage(world, chat, addMessage(world, chat, bot, given, { text, file, groupId: null }))
}

interface InputMedia {
  type: FileKind
  media: string
  caption?: string
  parse_mode?: string
  has_spoiler?: boolean
}

async function sendMediaGroup(world: World, bot: Bot, given: Parameters) {
  const chat = writableChat(world, given.text('chat_id'))
  const items = given.object<InputMedia[]>('media')
  if (!Array.isArray(items) || items.length < 2 || items.length > 10)
    throw badRequest('there must be 2-10 media in the request')
  if (items.some(({ type }) => type === 'document') && items.some(({ type }) => type !== 'document'))
    throw badRequest("document can't be mixed with other media types")
  const parts = []
  for (const item of items) {
    if (!['photo', 'video', 'document'].includes(item.type))
      throw badRequest("can't use the media of the specified type in the album")
    const text = readText(captionOf(item), { name: 'caption' })
    const { id } = await readFile(world, item.type, attached(given, item.media))
    parts.push({ text, file: { kind: item.type, id, spoiler: item.has_spoiler === true } })
  }
  const groupId = String(world.nextNumber('group', 1_300_000_000_000_001))
  return parts.map((part) =>
    presentMessage(world, chat, addMessage(world, chat, bot, given, { ...part, groupId })),
  )
}

/** `attach://name` names a file of the same request. */
function attached(given: Parameters, source: string | undefined): UploadedFile | string | undefined {
  const name = source?.startsWith('attach://') ? source.slice('attach://'.length) : null
  if (name === null) return source
  const file = given.file(name)
  if (!file) throw badRequest(`wrong file identifier/HTTP URL specified: there is no file ${name}`)
  return file
}

function captionOf(item: InputMedia): Parameters {
  const values: Record<string, string | undefined> = { caption: item.caption, parse_mode: item.parse_mode }
  return {
    text: (name) => values[name],
    number: () => undefined,
    flag: () => false,
    object: () => undefined,
    file: () => undefined,
  }
}

function deleteOne(world: World, _bot: Bot, given: Parameters) {
  const chat = writableChat(world, given.text('chat_id'))
  if (!deleteMessage(world, chat, given.number('message_id') ?? 0))
    throw badRequest('message to delete not found')
  return true
}

/** "If some of the specified messages can't be found, they are skipped" (Bot API 10.1, deleteMessages). */
function deleteMany(world: World, _bot: Bot, given: Parameters) {
  const chat = writableChat(world, given.text('chat_id'))
  for (const id of given.object<number[]>('message_ids') ?? []) deleteMessage(world, chat, id)
  return true
}

function pathOf(request: FastifyRequest) {
  const { token, method } = request.params as { token: string; method: string }
  return { token, method: method.toLowerCase(), botId: token.split(':')[0] }
}

/** The text of what a request would send, for the fault words. */
function textOf(request: FastifyRequest): string | undefined {
  if (!methods[pathOf(request).method]?.sends) return undefined
  const given = parametersOf(request)
  const captions = given.object<InputMedia[]>('media')
  return (
    given.text('text') ?? given.text('caption') ?? captions?.map(({ caption }) => caption ?? '').join(' ')
  )
}

import { createHash } from 'node:crypto'
import { Refused } from '../answer.ts'
import { chance } from '../growth.ts'
import type { World } from '../simulator.ts'
import { badRequest, telegramError } from './refusals.ts'

export interface Bot {
  id: number
  username: string
  name: string
}

export interface Chat {
  id: number
  type: 'private' | 'group' | 'supergroup' | 'channel'
  title: string
  username: string | null
  /** A group that became a supergroup: every request is told the new id. */
  migratedTo: number | null
  /** What the bot is here: `administrator`, `member`, `left`, `kicked`. */
  botStatus: string
}

/**
 * Any well-formed token is a bot: its number is its id. A secret half that begins with `invalid` or `revoked` is a bot
 * whose token was taken back.
 */
export function botOf(world: World, token: string): Bot {
  const [, id, secret] = /^(\d{1,15}):([\w-]+)$/.exec(token) ?? []
  if (!id || !secret) throw new Refused(telegramError(404, 'Not Found'))
  if (/^(invalid|revoked)/i.test(secret) || world.table<true>('revoked').get(id))
    throw new Refused(telegramError(401, 'Unauthorized'))
  return { id: Number(id), username: `simulated_${id}_bot`, name: `Bot ${id}` }
}

/**
 * Any chat id is a chat, made on first use: `@name` a channel, `-100...` a channel, other negative numbers a group,
 * positive ones a person. Names that begin with `missing` do not exist, with `kicked` have thrown the bot out, and with
 * `readonly` do not let it post.
 */
export function chatOf(world: World, asked: string | undefined): Chat {
  if (!asked) throw badRequest('chat_id is empty')
  const chats = world.table<Chat>('chats')
  if (/^@missing/i.test(asked)) throw badRequest('chat not found')
  const id = asked.startsWith('@') ? channelId(asked.toLowerCase()) : Number(asked)
  if (!Number.isSafeInteger(id) || id === 0) throw badRequest('chat not found')
  return chats.get(String(id)) ?? chats.put(String(id), newChat(id, asked))
}

function newChat(id: number, asked: string): Chat {
  const username = asked.startsWith('@') ? asked.slice(1) : null
  const botStatus = /^kicked/i.test(username ?? '')
    ? 'kicked'
    : /^readonly/i.test(username ?? '')
      ? 'member'
      : 'administrator'
  const type = id > 0 ? 'private' : String(id).startsWith('-100') ? 'channel' : 'group'
  const title =
    username ?? (type === 'private' ? `Person ${id}` : `${type === 'group' ? 'Group' : 'Channel'} ${-id}`)
  return { id, type, title, username, migratedTo: null, botStatus }
}

/** Ten digits after -100, as channels have. */
function channelId(username: string): number {
  const digits = createHash('sha256').update(username).digest().readUIntBE(0, 6) % 10 ** 10
  return Number(`-100${String(digits).padStart(10, '1')}`)
}

/** The chat, if the bot may post in it now. */
export function writableChat(world: World, asked: string | undefined): Chat {
  const chat = chatOf(world, asked)
  if (chat.migratedTo !== null)
    throw new Refused(
      telegramError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
        migrate_to_chat_id: chat.migratedTo,
      }),
    )
  if (chat.botStatus === 'kicked')
    throw new Refused(telegramError(403, `Forbidden: bot was kicked from the ${chat.type} chat`))
  if (chat.botStatus === 'left')
    throw new Refused(telegramError(403, `Forbidden: bot is not a member of the ${chat.type} chat`))
  if (chat.type === 'channel' && chat.botStatus !== 'administrator')
    throw badRequest('need administrator rights in the channel chat')
  return chat
}

export const memberCount = (chat: Chat) =>
  chat.type === 'private' ? 2 : 50 + Math.floor(chance(String(chat.id)) * 5_000)

/** `Chat` of the Bot API. */
export function presentChat(chat: Chat) {
  const names = chat.type === 'private' ? { first_name: chat.title } : { title: chat.title }
  return { id: chat.id, type: chat.type, ...names, ...(chat.username && { username: chat.username }) }
}

/** `ChatFullInfo` of the Bot API. */
export function presentFullChat(chat: Chat) {
  return {
    ...presentChat(chat),
    ...(chat.username && { active_usernames: [chat.username] }),
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
  }
}

export const presentBot = (bot: Bot) => ({
  id: bot.id,
  is_bot: true,
  first_name: bot.name,
  username: bot.username,
})

/** `ChatMember` of the Bot API, for the bot itself. */
export function presentMember(chat: Chat, bot: Bot) {
  const user = presentBot(bot)
  if (chat.botStatus === 'kicked') return { status: 'kicked', user, until_date: 0 }
  if (chat.botStatus !== 'administrator') return { status: chat.botStatus, user }
  const isChannel = chat.type === 'channel'
  return {
    status: 'administrator',
    user,
    can_be_edited: false,
    is_anonymous: false,
    can_manage_chat: true,
    can_delete_messages: true,
    can_manage_video_chats: false,
    can_restrict_members: false,
    can_promote_members: false,
    can_change_info: false,
    can_invite_users: true,
    can_post_stories: false,
    can_edit_stories: false,
    can_delete_stories: false,
    ...(isChannel ? { can_post_messages: true, can_edit_messages: true } : { can_pin_messages: false }),
  }
}

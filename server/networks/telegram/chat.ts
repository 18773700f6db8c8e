import type { Failure } from '../../domain/delivery.ts'
import type {
  AccountContext,
  AccountMetrics,
  AccountProfile,
  ConnectContext,
  Json,
  Outcome,
} from '../network.ts'
import { failureOf } from './failure.ts'
import { asNumber, asRecord, asString, callBot, callChat, resultOf, secretOf } from './request.ts'

export interface Chat {
  id: number
  type: string
  name: string
  username: string | null
}

/** `Chat` or `ChatFullInfo` of the Bot API; undefined when it is neither. */
export function chatIn(value: Json | undefined): Chat | undefined {
  const chat = asRecord(value)
  const id = asNumber(chat?.id)
  if (!chat || id === undefined) return undefined
  const username = asString(chat.username) ?? null
  const name = asString(chat.title) ?? asString(chat.first_name) ?? username ?? String(id)
  return { id, type: asString(chat.type) ?? 'channel', name, username }
}

/**
 * Where a message is on the web: `https://t.me/name/5` in a public chat, `https://t.me/c/123/5` in a private channel or
 * supergroup (for its members), nowhere in a plain group or a private chat (core.telegram.org/api/links, "Message links").
 * @param web the origin of t.me
 */
export function messageUrl(web: string, chat: Chat, messageId: number): string | null {
  if (chat.username) return `${web}/${chat.username}/${messageId}`
  const id = String(chat.id)
  return id.startsWith('-100') ? `${web}/c/${id.slice(4)}/${messageId}` : null
}

export function profileOf(ctx: Pick<ConnectContext, 'origin'>, chat: Chat): AccountProfile {
  return {
    name: chat.name,
    handle: chat.username ? `@${chat.username}` : null,
    // Pictures of chats can be fetched with the bot's token only, so there is no address to show.
    profileImageUrl: null,
    profileUrl: chat.username ? `${ctx.origin('web')}/${chat.username}` : null,
    metadata: { chatType: chat.type },
  }
}

/** The chat, if the bot may post in it. Also what connecting asks. */
export async function openChat(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  botToken: string,
  chatId: Json,
): Promise<Outcome<{ chat: Chat; botName: string }>> {
  const me = await callBot(ctx, botToken, { method: 'getMe', parameters: {} })
  const bot = asRecord(resultOf(me))
  const botId = asNumber(bot?.id)
  if (botId === undefined) return { outcome: 'failed', failure: failureOf(me, 'tell who the bot is') }
  const found = await callBot(ctx, botToken, { method: 'getChat', parameters: { chat_id: chatId } })
  const chat = chatIn(resultOf(found))
  if (!chat) return { outcome: 'failed', failure: failureOf(found, 'open the chat') }
  // In a private chat there are no members to be asked for, and writing is allowed unless it is refused.
  if (chat.type !== 'private') {
    const refusal = await refusalToPost(ctx, botToken, chat, botId)
    if (refusal) return { outcome: 'failed', failure: refusal }
  }
  return { outcome: 'done', value: { chat, botName: asString(bot?.username) ?? String(botId) } }
}

async function refusalToPost(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  botToken: string,
  chat: Chat,
  botId: number,
): Promise<Failure | null> {
  const answer = await callBot(ctx, botToken, {
    method: 'getChatMember',
    parameters: { chat_id: chat.id, user_id: botId },
  })
  const member = asRecord(resultOf(answer))
  if (!member) return failureOf(answer, 'tell whether the bot may post')
  const status = asString(member.status)
  const mayPost =
    chat.type === 'channel'
      ? status === 'creator' || (status === 'administrator' && member.can_post_messages === true)
      : status === 'creator' ||
        status === 'administrator' ||
        status === 'member' ||
        (status === 'restricted' && member.can_send_messages === true)
  if (mayPost) return null
  return {
    class: 'reconnect',
    rule: 'telegram.rights_missing',
    message: `The bot may not post in ${chat.name}: there it is "${status ?? 'nobody'}".`,
    remedy: 'Add the bot to the chat as an administrator who may post messages, then connect again.',
  }
}

/** Is the token still good, and may the bot still post? */
export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const { botToken, chatId } = secretOf(await ctx.secret.current())
  const opened = await openChat(ctx, botToken, chatId)
  if (opened.outcome === 'failed') return opened
  return { outcome: 'done', value: profileOf(ctx, opened.value.chat) }
}

/** The members of the chat are all the Bot API counts. */
export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const answer = await callChat(ctx, { method: 'getChatMemberCount', parameters: {} })
  const count = asNumber(resultOf(answer))
  if (count === undefined) return { outcome: 'failed', failure: failureOf(answer, 'count the members') }
  return { outcome: 'done', value: { followers: count, raw: { memberCount: count } } }
}

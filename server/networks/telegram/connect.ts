import { Type } from 'typebox'
import type { ConnectContext, Connected, CredentialsConnect, Json, Outcome } from '../network.ts'
import { openChat, profileOf } from './chat.ts'

/** A bot's token and the chat it posts in. One chat is one account; a bot may serve many. */
export const connect: CredentialsConnect = {
  kind: 'credentials',
  credentials: Type.Object(
    {
      botToken: Type.String({
        title: 'Bot token',
        format: 'password',
        description: 'From @BotFather, like 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw.',
        pattern: '^\\d{1,15}:[A-Za-z0-9_-]{5,200}$',
      }),
      chatId: Type.Union(
        [
          Type.String({ pattern: '^(@[A-Za-z][A-Za-z0-9_]{2,63}|-?\\d{1,19})$' }),
          Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
        ],
        {
          title: 'Chat',
          description: 'The channel or group: @name, or its number like -1001234567890.',
        },
      ),
    },
    { additionalProperties: false },
  ),
  open,
}

async function open(ctx: ConnectContext, credentials: Record<string, Json>): Promise<Outcome<Connected[]>> {
  const botToken = String(credentials.botToken)
  const opened = await openChat(ctx, botToken, credentials.chatId ?? '')
  if (opened.outcome === 'failed') return opened
  const { chat, botName } = opened.value
  const account: Connected = {
    ...profileOf(ctx, chat),
    externalId: String(chat.id),
    kind: chat.type === 'channel' ? 'channel' : chat.type === 'private' ? 'profile' : 'group',
    secret: { botToken, chatId: chat.id },
    tokenExpiresAt: null,
    scopes: [],
    settings: { chatId: chat.id, bot: `@${botName}` },
  }
  return { outcome: 'done', value: [account] }
}

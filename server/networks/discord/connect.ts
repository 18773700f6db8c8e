import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer } from '../../net/http.ts'
import type {
  AccountContext,
  AccountMetrics,
  AccountProfile,
  ConnectContext,
  Connected,
  CredentialsConnect,
  Json,
  Outcome,
} from '../network.ts'
import { failureOf } from './failure.ts'
import {
  asNumber,
  asString,
  type DiscordSecret,
  resultOf,
  secretOf,
  sendAsBot,
  sendPlain,
  webhookPath,
} from './request.ts'

const botToken = Type.String({
  title: 'Bot token',
  format: 'password',
  description: 'From the Bot page of the application in the developer portal.',
  pattern: '^[A-Za-z0-9._-]{5,200}$',
})

/** A webhook's address, alone or with a bot that may read the channel; or a bot and a channel. */
export const connect: CredentialsConnect = {
  kind: 'credentials',
  credentials: Type.Union([
    Type.Object(
      {
        webhookUrl: Type.String({
          title: 'Webhook address',
          format: 'password',
          description: 'From Integrations in the settings of the channel.',
          pattern: '^https?://\\S+/webhooks/\\d{5,20}/[A-Za-z0-9_-]{5,200}/?(\\?\\S*)?$',
          maxLength: 500,
        }),
        botToken: Type.Optional(botToken),
      },
      { additionalProperties: false, title: 'Webhook' },
    ),
    Type.Object(
      {
        botToken,
        channelId: Type.String({
          title: 'Channel id',
          description: 'With developer mode on: Copy Channel ID in the menu of the channel.',
          pattern: '^\\d{5,20}$',
        }),
      },
      { additionalProperties: false, title: 'Bot' },
    ),
  ]),
  open,
}

async function open(ctx: ConnectContext, credentials: Record<string, Json>): Promise<Outcome<Connected[]>> {
  const secret = secretFrom(credentials)
  const read = await readAccount(ctx, secret)
  if (read.outcome === 'failed') return read
  const { externalId, channelId, guildId, ...profile } = read.value
  const account: Connected = {
    ...profile,
    externalId,
    kind: 'channel',
    secret,
    tokenExpiresAt: null,
    scopes: [],
    settings: { kind: secret.kind, channelId, guildId },
  }
  return { outcome: 'done', value: [account] }
}

function secretFrom(credentials: Record<string, Json>): DiscordSecret {
  const token = asString(credentials.botToken) ?? null
  const found = /\/webhooks\/(\d+)\/([\w-]+)/.exec(asString(credentials.webhookUrl) ?? '')
  if (found?.[1] && found[2])
    return { kind: 'webhook', webhookId: found[1], webhookToken: found[2], botToken: token }
  if (token === null) throw new Error('Discord credentials hold neither a webhook nor a bot')
  return { kind: 'bot', botToken: token, channelId: String(credentials.channelId) }
}

type Read = AccountProfile & { externalId: string; channelId: string; guildId: string | null }

async function readAccount(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  secret: DiscordSecret,
): Promise<Outcome<Read>> {
  return secret.kind === 'webhook' ? readWebhook(ctx, secret) : readChannel(ctx, secret)
}

async function readWebhook(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  secret: Extract<DiscordSecret, { kind: 'webhook' }>,
): Promise<Outcome<Read>> {
  const answer = await sendPlain(ctx, { method: 'GET', path: webhookPath(secret) })
  const webhook = resultOf(answer)
  const channelId = asString(webhook?.channel_id)
  if (!webhook || !channelId) return failed(answer, 'open the webhook')
  if (secret.botToken !== null) {
    const channel = await sendAsBot(ctx, secret.botToken, { method: 'GET', path: `/channels/${channelId}` })
    if (!resultOf(channel)) return failed(channel, 'let the bot read the channel')
  }
  const avatar = asString(webhook.avatar)
  return {
    outcome: 'done',
    value: {
      externalId: secret.webhookId,
      name: asString(webhook.name) ?? 'Webhook',
      handle: null,
      profileImageUrl: avatar ? `${ctx.origin('cdn')}/avatars/${secret.webhookId}/${avatar}.png` : null,
      profileUrl: channelUrl(ctx, asString(webhook.guild_id) ?? null, channelId),
      channelId,
      guildId: asString(webhook.guild_id) ?? null,
    },
  }
}

/** Channel types a bot can send plain messages to: text, announcement, voice, stage and threads. */
const writableTypes = new Set([0, 2, 5, 10, 11, 12, 13])

async function readChannel(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  secret: Extract<DiscordSecret, { kind: 'bot' }>,
): Promise<Outcome<Read>> {
  const me = await sendAsBot(ctx, secret.botToken, { method: 'GET', path: '/users/@me' })
  const bot = resultOf(me)
  if (!bot) return failed(me, 'tell who the bot is')
  const answer = await sendAsBot(ctx, secret.botToken, {
    method: 'GET',
    path: `/channels/${secret.channelId}`,
  })
  const channel = resultOf(answer)
  if (!channel) return failed(answer, 'open the channel')
  if (!writableTypes.has(asNumber(channel.type) ?? -1))
    return { outcome: 'failed', failure: notWritable(asString(channel.name) ?? secret.channelId) }
  const guildId = asString(channel.guild_id) ?? null
  return {
    outcome: 'done',
    value: {
      externalId: secret.channelId,
      name: `#${asString(channel.name) ?? secret.channelId}`,
      handle: asString(bot.username) ?? null,
      profileImageUrl: asString(bot.avatar)
        ? `${ctx.origin('cdn')}/avatars/${String(bot.id)}/${String(bot.avatar)}.png`
        : null,
      profileUrl: channelUrl(ctx, guildId, secret.channelId),
      channelId: secret.channelId,
      guildId,
    },
  }
}

const notWritable = (name: string): Failure => ({
  class: 'permanent',
  rule: 'discord.channel_without_text',
  message: `${name} is no channel a bot can send messages to (a forum, a category or the like).`,
  remedy: 'Choose a text channel, or connect a forum through a webhook and use the option threadName.',
})

export const channelUrl = (
  ctx: Pick<ConnectContext, 'origin'>,
  guildId: string | null,
  channelId: string,
): string => `${ctx.origin('web')}/channels/${guildId ?? '@me'}/${channelId}`

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const read = await readAccount(ctx, secretOf(await ctx.secret.current()))
  if (read.outcome === 'failed') return read
  const { externalId: _, channelId: __, guildId: ___, ...profile } = read.value
  return { outcome: 'done', value: profile }
}

/** The members of the server, which only a bot in it can count. */
export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const secret = secretOf(await ctx.secret.current())
  const guildId = asString(ctx.account.settings.guildId)
  if (secret.botToken === null || !guildId) return { outcome: 'done', value: { raw: {} } }
  const answer = await sendAsBot(ctx, secret.botToken, { method: 'GET', path: `/guilds/${guildId}/preview` })
  const members = asNumber(resultOf(answer)?.approximate_member_count)
  if (members === undefined) return failed(answer, 'count the members')
  return { outcome: 'done', value: { followers: members, raw: { approximateMemberCount: members } } }
}

const failed = (answer: HttpAnswer, tried: string): Outcome<never> => ({
  outcome: 'failed',
  failure: failureOf(answer, tried),
})

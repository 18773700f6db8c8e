import { chance } from '../growth.ts'
import type { World } from '../simulator.ts'
import { refuse } from './refusals.ts'

export interface Channel {
  id: string
  kind: 'text' | 'announcement' | 'forum'
  name: string
  guildId: string
  /** A thread of another channel. */
  parentId: string | null
  /** Whether bots are shown its history and what others wrote. */
  readableByBots: boolean
}

export interface Author {
  id: string
  username: string
  isBot: boolean
}

export interface Webhook {
  id: string
  token: string
  name: string
  channel: Channel
}

const guildId = '1000000000000000001'
const guildName = 'A simulated server'

/** Any number is a text channel, made on first use; `setChannel` makes it something else. */
export function channelOf(world: World, id: string): Channel {
  if (!/^\d{5,20}$/.test(id)) throw refuse(404, 10_003, 'Unknown Channel')
  const channels = world.table<Channel>('channels')
  return (
    channels.get(id) ??
    channels.put(id, {
      id,
      kind: 'text',
      name: `channel-${id.slice(-4)}`,
      guildId,
      parentId: null,
      readableByBots: true,
    })
  )
}

/**
 * Any webhook address is a webhook, in a channel of its own. Tokens that begin with `invalid` are wrong, with `missing` of
 * a webhook that was deleted; `deleteWebhook` deletes one.
 */
export function webhookOf(world: World, id: string, token: string): Webhook {
  if (!/^\d{5,20}$/.test(id) || /^missing/i.test(token) || world.table<true>('deleted').get(id))
    throw refuse(404, 10_015, 'Unknown Webhook')
  if (/^invalid/i.test(token)) throw refuse(401, 50_027, 'Invalid Webhook Token')
  const channel = channelOf(world, String(BigInt(id) + 1n))
  return { id, token, name: `Webhook ${id.slice(-4)}`, channel }
}

/** Any token after `Bot ` is a bot, except those that begin with `invalid` and those taken back by `revokeBot`. */
export function botOf(world: World, authorization: string | undefined): Author {
  const token = /^Bot (\S+)$/.exec(authorization ?? '')?.[1]
  if (!token || /^invalid/i.test(token) || world.table<true>('revoked').get(token))
    throw refuse(401, 0, '401: Unauthorized')
  const id = String(10n ** 17n + BigInt(Math.floor(chance(token) * 10 ** 15)))
  return { id, username: `bot-${id.slice(-5)}`, isBot: true }
}

const channelTypes = { text: 0, announcement: 5, forum: 15 }

/** `GuildChannelResponse`, or `ThreadResponse` for a thread. */
export function presentChannel(channel: Channel) {
  const { id, guildId: guild, name, parentId } = channel
  if (parentId === null)
    return {
      id,
      type: channelTypes[channel.kind],
      guild_id: guild,
      name,
      position: 0,
      flags: 0,
      parent_id: null,
      nsfw: false,
      rate_limit_per_user: 0,
      permission_overwrites: [],
    }
  return {
    id,
    type: 11,
    guild_id: guild,
    name,
    parent_id: parentId,
    owner_id: guild,
    flags: 0,
    message_count: 0,
    member_count: 1,
    total_message_sent: 0,
    thread_metadata: {
      archived: false,
      archive_timestamp: null,
      auto_archive_duration: 1440,
      locked: false,
    },
  }
}

/** `GuildIncomingWebhookResponse`, as it is shown to whoever holds its token. */
export const presentWebhook = ({ id, token, name, channel }: Webhook) => ({
  id,
  type: 1,
  name,
  avatar: null,
  channel_id: channel.id,
  guild_id: channel.guildId,
  application_id: null,
  token,
  url: `https://discord.com/api/webhooks/${id}/${token}`,
})

/** `UserResponse` */
export const presentAuthor = ({ id, username, isBot }: Author) => ({
  id,
  username,
  global_name: null,
  avatar: null,
  discriminator: '0000',
  public_flags: 0,
  flags: 0,
  bot: isBot,
  primary_guild: null,
})

/** `GuildPreviewResponse` */
export const presentGuild = (id: string) => ({
  id,
  name: guildName,
  icon: null,
  description: null,
  home_header: null,
  splash: null,
  discovery_splash: null,
  features: [],
  approximate_member_count: 120 + Math.floor(chance(id) * 2_000),
  approximate_presence_count: 40,
  emojis: [],
  stickers: [],
})

import type { World } from '../simulator.ts'
import type { Account } from './accounts.ts'
import { Declined } from './problems.ts'
import { postingSchedule } from './queue.ts'
import { type Channel, objectId, type Service, services, tables } from './state.ts'

/** Every account has these from the beginning. */
const listed: { service: Service; name: string }[] = [
  { service: 'linkedin', name: 'Example Ltd' },
  { service: 'twitter', name: 'example' },
  { service: 'instagram', name: 'example.pictures' },
  { service: 'facebook', name: 'Example Bakery' },
  { service: 'threads', name: 'example.threads' },
  { service: 'bluesky', name: 'example.bsky.social' },
  { service: 'mastodon', name: 'example' },
  { service: 'pinterest', name: 'examplepins' },
  { service: 'youtube', name: 'Example Films' },
  { service: 'tiktok', name: 'example.clips' },
]

type Owner = Pick<Account, 'id'>

const bornAt = '2025-01-01T00:00:00.000Z'

export function channelsOf(world: World, account: Owner): Channel[] {
  const own = tables(world)
    .channels.all()
    .filter((channel) => channel.account === account.id)
  const known = new Set(own.map(({ id }) => id))
  return [...listedOf(account).filter(({ id }) => !known.has(id)), ...own]
}

const listedOf = (account: Owner): Channel[] =>
  listed.map(({ service, name }) => ({
    id: objectId(`channel ${account.id} ${service}`),
    account: account.id,
    service,
    isGuess: false,
    name,
    isDisconnected: false,
    isLocked: false,
    createdAt: bornAt,
    updatedAt: bornAt,
  }))

/**
 * The account's channel of this id. Any id has one: an id nobody has seen makes one up, for the network its name or the
 * settings of its first post tell (`linkedin-page-1`). Ids that begin with `missing` have none.
 */
export function channelBy(world: World, account: Owner, id: string, hint?: string): Channel | null {
  const { channels } = tables(world)
  const key = keyOf(account, id)
  const found = channels.get(key) ?? listedOf(account).find((channel) => channel.id === id)
  if (/^missing/i.test(id)) return null
  const told = services.find(
    (service) => service === hint || id.toLowerCase().includes(service.toLowerCase()),
  )
  if (found && !(found.isGuess && told)) return found
  const now = world.now().toISOString()
  return channels.put(key, {
    id,
    account: account.id,
    service: told ?? 'twitter',
    isGuess: told === undefined,
    name: found?.name ?? id.slice(0, 60),
    isDisconnected: found?.isDisconnected ?? false,
    isLocked: found?.isLocked ?? false,
    createdAt: found?.createdAt ?? now,
    updatedAt: now,
  })
}

export function channelToPostOn(world: World, account: Owner, id: string, hint?: string): Channel {
  const channel = channelBy(world, account, id, hint)
  if (!channel) throw new Declined('NotFoundError', 'Channel not found')
  if (channel.isLocked) throw new Declined('UnauthorizedError', 'The channel is locked')
  return channel
}

/** What a test wants a channel to be. */
export function changeChannel(world: World, account: Owner, id: string, changes: Partial<Channel>): Channel {
  const channel = channelBy(world, account, id) as Channel
  return tables(world).channels.put(keyOf(account, id), {
    ...channel,
    ...changes,
    isGuess: channel.isGuess && changes.service === undefined,
    updatedAt: world.now().toISOString(),
  })
}

const keyOf = (account: Owner, id: string) => `${account.id}/${id}`

const metadataTypes: Partial<Record<Service, string>> = {
  instagram: 'InstagramMetadata',
  tiktok: 'TiktokMetadata',
  youtube: 'YoutubeMetadata',
  pinterest: 'PinterestMetadata',
  mastodon: 'MastodonMetadata',
  bluesky: 'BlueskyMetadata',
  googlebusiness: 'GoogleBusinessMetadata',
  facebook: 'FacebookMetadata',
  twitter: 'TwitterMetadata',
  linkedin: 'LinkedInMetadata',
}

/** Buffer's Channel. */
export function channelEntity(world: World, account: Account, channel: Channel) {
  const isPage = channel.service === 'facebook' || channel.service === 'linkedin'
  const type = metadataTypes[channel.service]
  return {
    ...channel,
    avatar: world.publicUrl(`/web/pictures/${channel.service}.png`),
    descriptor: `${channel.service[0]?.toUpperCase()}${channel.service.slice(1)} ${isPage ? 'Page' : 'Profile'}`,
    displayName: channel.name,
    postingSchedule,
    isQueuePaused: false,
    metadata: type
      ? {
          __typename: type,
          defaultToReminders: false,
          serverUrl: `https://${channel.service}.example`,
          shouldShowLinkedinAnalyticsRefreshBanner: false,
          locationData: null,
          subscriptionType: null,
          boards: ['Recipes', 'Places to go'].map((name) => ({
            id: objectId(`board ${channel.id} ${name}`),
            serviceId: objectId(`pinterest board ${channel.id} ${name}`),
            name,
            url: world.publicUrl(`/web/boards/${encodeURIComponent(name)}`),
            description: null,
            avatar: null,
          })),
        }
      : null,
    organizationId: account.organizationId,
    serviceId: objectId(`service ${channel.id}`),
    timezone: 'Etc/UTC',
    type: isPage ? 'page' : 'profile',
    externalLink: world.publicUrl(`/web/${channel.id}`),
  }
}

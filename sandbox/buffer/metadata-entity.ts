import type { World } from '../simulator.ts'
import { metadataKey } from './content-rules.ts'
import { type Channel, objectId, type Post, type Service } from './state.ts'

const types: Partial<Record<Service, string>> = {
  instagram: 'InstagramPostMetadata',
  facebook: 'FacebookPostMetadata',
  linkedin: 'LinkedInPostMetadata',
  twitter: 'TwitterPostMetadata',
  pinterest: 'PinterestPostMetadata',
  googlebusiness: 'GoogleBusinessPostMetadata',
  youtube: 'YoutubePostMetadata',
  mastodon: 'MastodonPostMetadata',
  tiktok: 'TiktokPostMetadata',
  threads: 'ThreadsPostMetadata',
  bluesky: 'BlueskyPostMetadata',
}

type Settings = Record<string, unknown>

/** A network's settings as Buffer gives them back: what was sent, with the defaults its schema names. */
export function metadataEntity(world: World, channel: Channel, post: Post) {
  const type = types[channel.service]
  if (!type) return null
  const given: Settings = post.metadata[metadataKey(channel.service)] ?? {}
  const thread = (given.thread ?? []) as { text?: string | null }[]
  return {
    // Defaults first: YouTube's are those of its input's notes, the rest are no.
    shouldShareToFeed: false,
    isAiGenerated: false,
    notifySubscribers: true,
    embeddable: true,
    madeForKids: false,
    privacy: channel.service === 'youtube' ? 'public' : null,
    license: channel.service === 'youtube' ? 'youtube' : null,
    ...given,
    __typename: type,
    type: given.type ?? 'post',
    annotations: [],
    linkAttachment: linkAttachment(given.linkAttachment as { url: string } | undefined),
    // Their own files are not kept: nothing of ours sends any.
    thread: thread.map(({ text }) => ({ text: text ?? '', assets: [], linkAttachment: null })),
    threadCount: thread.length,
    category: given.categoryId
      ? { categoryId: given.categoryId, title: `Category ${given.categoryId}` }
      : null,
    board: board(world, given.boardServiceId),
  }
}

const linkAttachment = (given: { url: string } | null | undefined) =>
  given
    ? { url: given.url, expandedUrl: given.url, text: '', thumbnails: [], thumbnail: null, title: given.url }
    : null

const board = (world: World, serviceId: unknown) =>
  typeof serviceId === 'string'
    ? {
        id: objectId(`board ${serviceId}`),
        serviceId,
        name: 'A board',
        url: world.publicUrl(`/web/boards/${encodeURIComponent(serviceId)}`),
        description: null,
        avatar: null,
      }
    : null

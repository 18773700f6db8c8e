import type { FeedMedia, FeedPost, World } from '../simulator.ts'
import { channelBy } from './channels.ts'
import { metadataKey } from './content-rules.ts'
import { countsNow } from './metrics.ts'
import { permalink } from './post-entity.ts'
import { statusOf } from './post-state.ts'
import { type Asset, type Channel, type Post, tables } from './state.ts'

/** What Buffer has sent to the networks; what was deleted at Buffer since is there still. */
export const feedOf = (world: World): FeedPost[] =>
  tables(world)
    .posts.all()
    .filter((post) => statusOf(world, post) === 'sent')
    .map((post) => feedPost(world, post))

function feedPost(world: World, post: Post): FeedPost {
  const channel = channelBy(world, { id: post.account }, post.channelId) as Channel
  return {
    id: post.id,
    author: { name: channel.name, handle: `@${channel.name}` },
    text: post.text,
    at: post.sentAt ?? post.createdAt,
    url: permalink(world, post),
    place: channel.service,
    media: post.assets.flatMap((asset) => feedMedia(world, asset)),
    link: linkOf(channel, post),
    counts: countsNow(world, post, channel.service),
    notes: post.isRemoved ? ['deleted at Buffer since'] : [],
  }
}

function feedMedia(world: World, { kind, fileId, mimeType, altText, title }: Asset): FeedMedia[] {
  if (kind === 'link') return []
  const file = fileId ? world.media.get(fileId) : undefined
  return [{ kind, url: file ? world.media.url(file.id) : null, mimeType, altText, filename: title }]
}

function linkOf(channel: Channel, { assets, metadata }: Post): FeedPost['link'] {
  const attached = metadata[metadataKey(channel.service)]?.linkAttachment as { url: string } | undefined
  if (attached) return { url: attached.url, title: null }
  const asset = assets.find(({ kind }) => kind === 'link')
  return asset ? { url: asset.url, title: asset.title } : null
}

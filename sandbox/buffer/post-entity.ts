import type { World } from '../simulator.ts'
import type { Account } from './accounts.ts'
import { channelBy, channelEntity } from './channels.ts'
import { metadataEntity } from './metadata-entity.ts'
import { metricsOf } from './metrics.ts'
import { statusOf } from './post-state.ts'
import type { Asset, Channel, Post } from './state.ts'

/** Buffer's Post. */
export function postEntity(world: World, account: Account, post: Post) {
  const channel = channelBy(world, account, post.channelId) as Channel
  const status = statusOf(world, post)
  const isSent = status === 'sent'
  return {
    id: post.id,
    status,
    via: 'api',
    schedulingType: 'automatic',
    author: {
      id: account.id,
      email: emailOf(account),
      avatar: world.publicUrl('/web/pictures/author.png'),
      isDeleted: false,
      name: account.name,
    },
    isCustomScheduled: post.shareMode === 'customScheduled',
    createdAt: post.createdAt,
    updatedAt: post.updatedAt,
    dueAt: post.dueAt,
    sentAt: isSent ? post.sentAt : null,
    text: post.text,
    externalLink: isSent ? permalink(world, post) : null,
    metadata: metadataEntity(world, channel, post),
    channelId: channel.id,
    channelService: channel.service,
    channel: () => channelEntity(world, account, channel),
    tags: [...post.tagIds].sort().map((id) => ({ id, color: '#6E7874', name: id, isLocked: false })),
    notificationStatus: null,
    error:
      status === 'error' ? { message: post.failure ?? '', supportUrl: null, rawError: post.failure } : null,
    assets: post.assets.filter(({ kind }) => kind !== 'link').map((asset) => assetEntity(world, asset)),
    ...(isSent ? metricsOf(world, post, channel.service) : { metrics: null, metricsUpdatedAt: null }),
    allowedActions: actionsIn[status],
    sharedNow: post.shareMode === 'shareNow',
    shareMode: post.shareMode,
  }
}

export const permalink = (world: World, post: Post) =>
  world.publicUrl(`/web/${encodeURIComponent(post.channelId)}/posts/${post.id}`)

export const emailOf = ({ id }: Account) => `${id.slice(0, 8)}@buffer.example`

const changes = [
  'updatePost',
  'deletePost',
  'viewPost',
  'publishPostNow',
  'publishPostNext',
  'updatePostSchedule',
]
const actionsIn = {
  draft: [...changes, 'addPostToQueue'],
  scheduled: [...changes, 'movePostToDraft'],
  sending: ['viewPost'],
  sent: ['viewPost', 'deletePost', 'sharePostLink', 'copyPostLink', 'duplicatePost'],
  error: changes,
}

export function assetEntity(world: World, asset: Asset) {
  const { id, kind, mimeType, url, altText, width, height } = asset
  return {
    __typename: { image: 'ImageAsset', video: 'VideoAsset', document: 'DocumentAsset', link: '' }[kind],
    id,
    type: kind,
    mimeType,
    source: url,
    thumbnail: asset.thumbnailUrl ?? (asset.fileId ? world.media.url(asset.fileId) : url),
    image: { altText, width, height, isAnimated: mimeType === 'image/gif' },
  }
}

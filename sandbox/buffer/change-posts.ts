import type { World } from '../simulator.ts'
import type { Account } from './accounts.ts'
import { channelToPostOn } from './channels.ts'
import { checkContent } from './content-rules.ts'
import type { CreatePostInput, EditPostInput, PostChanges } from './inputs.ts'
import { statusOf } from './post-state.ts'
import { checkLimits } from './posting-limits.ts'
import { Declined, fieldError, invalid, type PayloadError } from './problems.ts'
import { nextSlot, slotAtTheFront, timesFrom } from './queue.ts'
import { type Channel, type Post, tables } from './state.ts'
import { takeAssets } from './take-assets.ts'

/** `createPost`. There is no idempotency: asked twice, it makes two. */
export async function createPost(world: World, account: Account, input: CreatePostInput): Promise<Post> {
  const metadata = metadataIn(input) ?? {}
  const channel = channelToPostOn(world, account, input.channelId, Object.keys(metadata)[0])
  const assets = await takeAssets(world, input.assets)
  const now = world.now().toISOString()
  const post: Post = {
    id: world.randomHex(12),
    account: account.id,
    channelId: channel.id,
    text: input.text ?? '',
    assets,
    metadata,
    tagIds: input.tagIds ?? [],
    shareMode: input.mode,
    isDraft: input.saveToDraft ?? false,
    createdAt: now,
    updatedAt: now,
    dueAt: null,
    sentAt: null,
    failure: null,
    isRemoved: false,
  }
  return finish(world, channel, post, input)
}

/** `editPost`: what is absent stays, what is null is cleared; the time is decided anew. */
export async function editPost(world: World, account: Account, input: EditPostInput): Promise<Post> {
  const before = ownPost(world, account, input.id)
  if (!before) throw new Declined('NotFoundError', 'Post not found')
  const channel = channelToPostOn(world, account, before.channelId)
  const assets = input.assets ? await takeAssets(world, input.assets) : null
  // It may have gone out, or have been deleted, while the files were fetched.
  const post = ownPost(world, account, input.id)
  if (!post) throw new Declined('NotFoundError', 'Post not found')
  if (['sending', 'sent'].includes(statusOf(world, post)))
    throw invalid('The post has been sent and cannot be changed')
  return finish(
    world,
    channel,
    {
      ...post,
      text: input.text === undefined ? post.text : (input.text ?? ''),
      assets: assets ?? post.assets,
      metadata: metadataIn(input) ?? post.metadata,
      tagIds: input.tagIds ?? post.tagIds,
      isDraft: input.saveToDraft ?? false,
      shareMode: input.mode,
      updatedAt: world.now().toISOString(),
    },
    input,
  )
}

/** `deletePost`: a sent post leaves Buffer and stays on its network. */
export function deletePost(world: World, account: Account, id: string) {
  const { posts } = tables(world)
  const post = ownPost(world, account, id)
  if (!post) throw fieldError('NOT_FOUND', 'Post not found')
  if (statusOf(world, post) === 'sending') throw fieldError('UNEXPECTED', 'The post is being sent')
  if (statusOf(world, post) === 'sent') posts.put(id, { ...post, isRemoved: true })
  else posts.delete(id)
}

export function ownPost(world: World, account: Account, id: string): Post | undefined {
  const post = tables(world).posts.get(id)
  return post?.account === account.id && !post.isRemoved ? post : undefined
}

function finish(world: World, channel: Channel, post: Post, input: PostChanges): Post {
  if (input.schedulingType === 'notification')
    throw invalid('Reminders need a device with Buffer on it, and the sandbox has none')
  checkContent(channel, post)
  declineByWord(post.text)
  if (!post.isDraft) checkLimits(world, channel, post, input.mode === 'shareNow')
  return tables(world).posts.put(post.id, {
    ...post,
    ...timesOf(world, post, input),
    failure: channel.isDisconnected
      ? 'The channel is disconnected. Reconnect it and try again.'
      : /#fail:publishing\b/.test(post.text)
        ? 'The network refused the post.'
        : null,
  })
}

function timesOf(world: World, post: Post, { mode, dueAt }: PostChanges): Pick<Post, 'dueAt' | 'sentAt'> {
  const now = world.now().toISOString()
  const wanted = dueAt ?? (post.shareMode === mode ? post.dueAt : null)
  if (post.isDraft) return { dueAt: wanted, sentAt: null }
  switch (mode) {
    case 'shareNow':
      return timesFrom(world, now)
    case 'customScheduled':
      if (!wanted) throw invalid('dueAt is required when mode is customScheduled')
      if (wanted <= now) throw invalid('dueAt must be in the future')
      return timesFrom(world, wanted)
    case 'addToQueue':
      return timesFrom(world, nextSlot(world, post.channelId, post))
    case 'shareNext':
      return timesFrom(world, slotAtTheFront(world, post.channelId, post))
  }
}

const metadataIn = ({ metadata }: PostChanges) =>
  metadata
    ? (Object.fromEntries(Object.entries(metadata).filter(([, value]) => value)) as Post['metadata'])
    : null

/** Words that stand for a refusal only Buffer has; like `#fail:rejected` they mean it every time. */
const wordsOfRefusal: Record<string, PayloadError> = {
  limit_reached: 'LimitReachedError',
  not_found: 'NotFoundError',
  unauthorized: 'UnauthorizedError',
  unexpected: 'UnexpectedError',
  rest_proxy: 'RestProxyError',
}

function declineByWord(text: string) {
  for (const [, word = ''] of text.matchAll(/#fail:([a-z_]+)/g)) {
    const kind = wordsOfRefusal[word]
    if (kind) throw new Declined(kind, `The sandbox was asked for this by #fail:${word}`)
  }
}

import type { Actor } from '../domain/actor.ts'
import type { Failure } from '../domain/delivery.ts'
import type { Delivery, Post } from '../domain/post.ts'
import { dialectLetters, isWaiting, requireVerb } from '../domain/post-verbs.ts'
import type { Tx } from '../storage/database.ts'
import { stopDeliveries, withdrawDeliveries } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { findPost, updatePost } from '../storage/posts.ts'
import { appendLog } from '../storage/publish-log.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requirePostForChange } from './post-access.ts'
import { logEntry, postEvent } from './post-events.ts'

/**
 * Takes a scheduled post back: B makes it a draft without a time, A a cancelled post that keeps it. What is out
 * already stays out. Needs `posts.schedule`.
 */
export async function cancelPost(
  ctx: Context,
  actor: Actor,
  input: { postId: string; version?: number },
): Promise<Post> {
  return changePosts(ctx, [input.postId], async (tx, ctx) => {
    const post = await requirePostForChange(tx, actor, input.postId, 'posts.schedule', input.version)
    requireVerb('cancel', post, actor.dialect)
    await takeBack(ctx, tx, actor, post, dialectLetters[actor.dialect] === 'A' ? 'cancelled' : 'draft')
    return (await findPost(tx, post.id)) as Post
  })
}

/** Withdraws whatever of a locked post still waits, and tells of it. */
export async function takeBack(
  ctx: Context,
  tx: Tx,
  actor: Actor,
  post: Post,
  into: 'draft' | 'cancelled',
): Promise<void> {
  const now = ctx.clock.now()
  const waiting = post.deliveries.filter(isWaiting)
  const [begun, whole] = [waiting.filter(({ begun }) => begun), waiting.filter(({ begun }) => !begun)]
  // Beside deliveries that are out or failed, "draft" would make the whole post look partly failed.
  const isWhole = post.deliveries.every((delivery) => isWaiting(delivery) || delivery.state === 'draft')
  const state = isWhole && begun.length === 0 ? into : 'cancelled'
  await withdrawDeliveries(tx, idsOf(whole), state, now)
  await stopDeliveries(tx, idsOf(begun), stoppedPartway, now)
  await updatePost(tx, post.id, state === 'draft' ? { dueAt: null } : {}, now)
  await refreshPostStatus(tx, [post.id], now)
  await recordEvents(tx, actor, now, [
    postEvent(ctx, post, 'post.cancelled', { scheduledBefore: post.dueAt?.toISOString() ?? null }),
  ])
  await appendLog(tx, [logEntry(ctx, post, null, 'cancelled', 'Cancelled before it was sent.')])
}

const idsOf = (deliveries: Delivery[]) => deliveries.map(({ id }) => id)

const stoppedPartway: Failure = {
  class: 'permanent',
  rule: 'stopped_partway',
  message: 'It was cancelled after a part of it had been published.',
  remedy: 'Retry it to send the rest, or remove the published part at the network.',
}

import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { isWaiting, requireVerb } from '../domain/post-verbs.ts'
import { withdrawDeliveries } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { findPost, updatePost } from '../storage/posts.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requirePostForChange } from './post-access.ts'
import { postEvent } from './post-events.ts'
import { requireFuture } from './post-time.ts'
import { startDeliveries } from './start-deliveries.ts'

/**
 * Changes a post's time and nothing else (A17, D21): a scheduled one goes out then, a draft remembers it, and a failed
 * or cancelled one becomes a draft again. Approvals hold, since they are not about the time. Needs `posts.schedule`.
 */
export async function movePost(
  ctx: Context,
  actor: Actor,
  input: { postId: string; dueAt: Date; version?: number },
): Promise<Post> {
  return changePosts(ctx, [input.postId], async (tx, ctx) => {
    const post = await requirePostForChange(tx, actor, input.postId, 'posts.schedule', input.version)
    requireVerb('move', post, actor.dialect)
    const now = ctx.clock.now()
    requireFuture(input.dueAt, now)
    if (post.deliveries.some(isWaiting))
      await startDeliveries(ctx, tx, actor, post, { dueAt: input.dueAt, event: 'post.rescheduled' })
    else {
      const settled = post.deliveries.filter(
        ({ state, begun }) => (state === 'failed' || state === 'cancelled') && !begun,
      )
      await withdrawDeliveries(
        tx,
        settled.map(({ id }) => id),
        'draft',
        now,
      )
      await updatePost(tx, post.id, { dueAt: input.dueAt }, now)
      await refreshPostStatus(tx, [post.id], now)
      await recordEvents(tx, actor, now, [
        postEvent(ctx, post, 'post.rescheduled', {
          scheduledAt: input.dueAt.toISOString(),
          scheduledBefore: post.dueAt?.toISOString() ?? null,
        }),
      ])
    }
    return (await findPost(tx, post.id)) as Post
  })
}

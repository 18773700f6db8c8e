import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { requireVerb } from '../domain/post-verbs.ts'
import { wrongState } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { rulesOfWorkspace } from '../storage/post-home.ts'
import { findPost } from '../storage/posts.ts'
import { retryDelivery as putBack } from '../storage/resume.ts'
import { changePosts } from './change-posts.ts'
import { recomposePost, requireSound } from './compose-post.ts'
import type { Context } from './context.ts'
import { requireDeliveryForChange } from './post-access.ts'
import { postEvent } from './post-events.ts'
import { requireApproval } from './post-time.ts'

/**
 * Tries a failed delivery again, now, with a fresh count of tries; a thread goes on after the parts that are out.
 * Needs `posts.publish`.
 */
export async function retryDelivery(
  ctx: Context,
  actor: Actor,
  input: { deliveryId: string },
): Promise<Post> {
  return changePosts(
    ctx,
    ({ id }: Post) => [id],
    async (tx, ctx) => {
      const { post, delivery } = await requireDeliveryForChange(tx, actor, input.deliveryId, 'posts.publish')
      if (delivery.state !== 'failed')
        throw wrongState(
          `Only a failed delivery can be tried again; this one is ${delivery.state}.`,
          'not_failed',
        )
      if (post.approval === 'pending') requireVerb('publish', { ...post, status: 'draft' }, actor.dialect)
      requireApproval(await rulesOfWorkspace(tx, post.workspaceId), post)
      const composed = await recomposePost(ctx, tx, post)
      requireSound(
        { ...composed, targets: composed.targets.filter(({ account }) => account.id === delivery.accountId) },
        'publish',
      )
      const now = ctx.clock.now()
      await putBack(tx, delivery.id, now)
      await recordEvents(tx, actor, now, [
        postEvent(ctx, post, 'post.retry_requested', {
          deliveryId: delivery.id,
          accountId: delivery.accountId,
        }),
      ])
      return (await findPost(tx, post.id)) as Post
    },
  )
}

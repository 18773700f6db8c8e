import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { isWaiting, requireVerb } from '../domain/post-verbs.ts'
import { invalidAt } from '../domain/refusal.ts'
import { isTimezone } from '../domain/timezone.ts'
import { rulesOfWorkspace } from '../storage/post-home.ts'
import { findPost } from '../storage/posts.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requirePostForChange } from './post-access.ts'
import { requireApproval, requireFuture } from './post-time.ts'
import { startDeliveries } from './start-deliveries.ts'

/**
 * Lets a post go out by itself at `dueAt`; one that is scheduled already is moved there. Of a failed post, the
 * deliveries that are not out yet. Needs `posts.schedule`.
 */
export async function schedulePost(
  ctx: Context,
  actor: Actor,
  input: { postId: string; dueAt: Date; timezone?: string | null; version?: number },
): Promise<Post> {
  return changePosts(ctx, [input.postId], async (tx, ctx) => {
    const post = await requirePostForChange(tx, actor, input.postId, 'posts.schedule', input.version)
    requireVerb('schedule', post, actor.dialect)
    requireFuture(input.dueAt, ctx.clock.now())
    if (input.timezone && !isTimezone(input.timezone))
      throw invalidAt('timezone', `"${input.timezone}" is not a time zone of the IANA database.`)
    requireApproval(await rulesOfWorkspace(tx, post.workspaceId), post)
    await startDeliveries(ctx, tx, actor, post, {
      dueAt: input.dueAt,
      timezone: input.timezone,
      event: post.deliveries.some(isWaiting) ? 'post.rescheduled' : 'post.scheduled',
    })
    return (await findPost(tx, post.id)) as Post
  })
}

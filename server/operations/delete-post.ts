import type { Actor } from '../domain/actor.ts'
import { requireVerb } from '../domain/post-verbs.ts'
import { recordEvents } from '../storage/events.ts'
import { deletePostRow } from '../storage/posts.ts'
import { leaveOccurrenceOut } from '../storage/recurrences.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requirePostForChange } from './post-access.ts'
import { postEvent } from './post-events.ts'

/**
 * Deletes a post here, with its log and numbers; what is published stays at the networks. Whatever still waited will
 * not go out: a worker that has claimed it finds nothing to fence. Needs `posts.delete`.
 */
export async function deletePost(
  ctx: Context,
  actor: Actor,
  input: { postId: string; version?: number },
): Promise<void> {
  return changePosts(ctx, [input.postId], async (tx, ctx) => {
    const post = await requirePostForChange(tx, actor, input.postId, 'posts.delete', input.version)
    requireVerb('delete', post, actor.dialect)
    await leaveOccurrenceOut(tx, post.id, ctx.clock.now())
    await deletePostRow(tx, post.id)
    await recordEvents(tx, actor, ctx.clock.now(), [
      postEvent(ctx, post, 'post.deleted', {
        status: post.status,
        scheduledAt: post.dueAt?.toISOString() ?? null,
        publishedAt: post.publishedAt?.toISOString() ?? null,
      }),
    ])
  })
}

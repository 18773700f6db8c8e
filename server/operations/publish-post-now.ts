import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { requireVerb } from '../domain/post-verbs.ts'
import { rulesOfWorkspace } from '../storage/post-home.ts'
import { findPost } from '../storage/posts.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requirePostForChange } from './post-access.ts'
import { requireApproval } from './post-time.ts'
import { startDeliveries } from './start-deliveries.ts'

/** Makes a post due now and answers at once; the engine does the sending. Needs `posts.publish`. */
export async function publishPostNow(
  ctx: Context,
  actor: Actor,
  input: { postId: string; version?: number },
): Promise<Post> {
  return changePosts(ctx, [input.postId], async (tx, ctx) => {
    const post = await requirePostForChange(tx, actor, input.postId, 'posts.publish', input.version)
    requireVerb('publish', post, actor.dialect)
    requireApproval(await rulesOfWorkspace(tx, post.workspaceId), post)
    await startDeliveries(ctx, tx, actor, post, { dueAt: ctx.clock.now(), event: 'post.publish_requested' })
    return (await findPost(tx, post.id)) as Post
  })
}

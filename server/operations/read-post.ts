import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import type { Context } from './context.ts'
import { requirePost } from './post-access.ts'

/** One post with its deliveries. Members may read. */
export async function readPost(ctx: Context, actor: Actor, input: { postId: string }): Promise<Post> {
  return requirePost(ctx.db, actor, input.postId, null)
}

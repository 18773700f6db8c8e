import { setTimeout as pause } from 'node:timers/promises'
import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import type { Context } from './context.ts'
import { readPost } from './read-post.ts'

/** How often a waiting caller's post is read again. */
const lookEveryMs = 150

/** Waits until no delivery of a post is on its way any more, `waitMs` at most, and gives the post as it then is. */
export async function awaitSettled(
  ctx: Context,
  actor: Actor,
  { postId, waitMs }: { postId: string; waitMs: number },
): Promise<Post> {
  const until = ctx.clock.now().getTime() + waitMs
  while (true) {
    const post = await readPost(ctx, actor, { postId })
    const isOnItsWay = post.status === 'scheduled' || post.status === 'publishing'
    if (!isOnItsWay || ctx.clock.now().getTime() >= until) return post
    await pause(lookEveryMs)
  }
}

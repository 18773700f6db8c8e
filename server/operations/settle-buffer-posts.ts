import { Refusal } from '../domain/refusal.ts'
import { isUnavailable } from './buffer-access.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'

/**
 * The chore behind every request to Buffer: makes Buffer agree with what is here, should the request have been cut
 * short. A post that is a draft here, or gone, is looked for and taken back; one that is scheduled here is brought
 * there again, once its absence is certain. Most of the time there is nothing to do. Throws, and so runs again later,
 * while Buffer is away or the matter is undecided.
 */
export async function settleBufferPosts(ctx: Context, postId: string): Promise<void> {
  try {
    await changePosts(ctx, [postId], async () => undefined)
  } catch (error) {
    // What Buffer refuses is recorded with the delivery; asking again would change nothing.
    if (!(error instanceof Refusal) || isUnavailable(error) || error.code === 'conflict') throw error
  }
}

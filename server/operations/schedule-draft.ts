import { theEngine } from '../domain/actor.ts'
import { isApproved } from '../domain/post.ts'
import { Refusal } from '../domain/refusal.ts'
import { rulesOfWorkspace } from '../storage/post-home.ts'
import { draftsWithTime, lockPost } from '../storage/posts.ts'
import { transaction } from '../storage/transaction.ts'
import { isUnavailable } from './buffer-access.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { endWithFailure } from './record-buffer-post.ts'
import { startDeliveries } from './start-deliveries.ts'

/**
 * Hands a draft that was written to be scheduled to Buffer, at the time it has now: one of many that were written at
 * once, or of a recurrence. Does nothing when somebody has scheduled it, deleted it or taken its time away since.
 * Throws while Buffer is away, and the chore tries again; any other refusal fails the post, with the reason.
 */
export async function scheduleDraft(ctx: Context, postId: string): Promise<void> {
  try {
    await changePosts(ctx, [postId], async (tx, ctx) => {
      const post = await lockPost(tx, postId)
      if (post?.status !== 'draft' || post.approval === 'pending' || !post.dueAt) return
      const { approvals } = await rulesOfWorkspace(tx, post.workspaceId)
      if (approvals === 'required' && !isApproved(post)) return
      await startDeliveries(ctx, tx, theEngine, post, { dueAt: post.dueAt, event: 'post.scheduled' })
    })
  } catch (error) {
    if (!(error instanceof Refusal) || isUnavailable(error) || error.code === 'conflict') throw error
    await fail(ctx, postId, error)
  }
}

const fail = (ctx: Context, postId: string, refusal: Refusal) =>
  transaction(ctx.db, async (tx) => {
    const post = await lockPost(tx, postId)
    const drafts = post?.deliveries.filter(({ state }) => state === 'draft') ?? []
    for (const { id } of drafts)
      await endWithFailure(ctx, tx, id, {
        class: 'permanent',
        rule: refusal.rule,
        message: refusal.message,
        remedy: 'Mend the post and schedule it again.',
      })
  })

/**
 * The same for those among posts that were just written, in order, until one cannot be handed over: the rest goes by
 * the chore.
 */
export async function scheduleDrafts(ctx: Context, postIds: string[]): Promise<void> {
  for (const postId of (await draftsWithTime(ctx.db, postIds)).slice(0, atOnceMax))
    try {
      await scheduleDraft(ctx, postId)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return
    }
}

/** As many requests as Buffer allows in a quarter of an hour. */
const atOnceMax = 100

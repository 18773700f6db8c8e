import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { isWaiting } from '../domain/post-verbs.ts'
import { rebindPendingApproval, voidApproved } from '../storage/approvals.ts'
import type { Tx } from '../storage/database.ts'
import { deliveriesOf, restartPreparation, withdrawDeliveries } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { updatePost } from '../storage/posts.ts'
import type { Context } from './context.ts'
import { postEvent } from './post-events.ts'

/**
 * What follows from new content (answers 1.2): what was prepared is void; whoever decides about a pending post decides
 * about the new content; an approved one goes back to draft, its time kept, because nobody approved what it is now.
 * @returns whether the post went back to draft.
 */
export async function bindContent(
  ctx: Context,
  tx: Tx,
  actor: Actor,
  post: Post,
  contentHash: Buffer,
): Promise<boolean> {
  if (contentHash.equals(post.contentHash)) return false
  const now = ctx.clock.now()
  // As they are now: the same change may have added and dropped targets.
  const open = (await deliveriesOf(tx, [post.id])).filter(
    (delivery) =>
      isWaiting(delivery) || (['draft', 'failed', 'cancelled'].includes(delivery.state) && !delivery.begun),
  )
  const ids = open.map(({ id }) => id)
  await restartPreparation(tx, ids, now)
  if (post.approval === 'pending') await rebindPendingApproval(tx, post.id, contentHash)
  const isVoid = post.approval === 'approved'
  await updatePost(tx, post.id, { contentHash, ...(isVoid && { approval: 'none', approvedHash: null }) }, now)
  if (!isVoid) return false
  await voidApproved(tx, post.id)
  await withdrawDeliveries(tx, ids, 'draft', now)
  await recordEvents(tx, actor, now, [postEvent(ctx, post, 'approval.voided', { reason: 'edited' })])
  return true
}

import type { Actor } from '../domain/actor.ts'
import { forbidden } from '../domain/refusal.ts'
import { type Approval, decideApproval, findApproval } from '../storage/approvals.ts'
import { recordEvents } from '../storage/events.ts'
import { type PostRules, rulesOfWorkspace } from '../storage/post-home.ts'
import { findPost, updatePost } from '../storage/posts.ts'
import { appendLog } from '../storage/publish-log.ts'
import { deciderOf, requireOpenApproval } from './approval-access.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requireVersion } from './post-access.ts'
import { logEntry, postEvent } from './post-events.ts'
import { requireFuture } from './post-time.ts'
import { startDeliveries } from './start-deliveries.ts'

/**
 * Approves a pending post as it is now: with a time it becomes scheduled, without one it is an approved draft. A time
 * that has gone by is refused, and the post stays pending. Needs `posts.approve`; one's own submission only where the
 * workspace allows that.
 * @param input.version what the caller looked at; somebody may have edited it since.
 */
export async function approvePost(
  ctx: Context,
  actor: Actor,
  input: { approvalId: string; note?: string | null; version?: number },
): Promise<Approval> {
  return changePosts(
    ctx,
    ({ postId }: Approval) => [postId],
    async (tx, ctx) => {
      const { approval, post } = await requireOpenApproval(tx, actor, input.approvalId)
      requireVersion(post, input.version)
      refuseOwn(actor, approval, await rulesOfWorkspace(tx, post.workspaceId))
      const now = ctx.clock.now()
      if (post.dueAt) requireFuture(post.dueAt, now)
      await decideApproval(tx, approval.id, {
        ...deciderOf(actor),
        state: 'approved',
        decidedAt: now,
        reason: input.note ?? null,
      })
      await updatePost(tx, post.id, { approval: 'approved', approvedHash: approval.contentHash }, now)
      await recordEvents(tx, actor, now, [
        postEvent(ctx, post, 'approval.decided', { approvalId: approval.id, decision: 'approved' }),
      ])
      await appendLog(tx, [logEntry(ctx, post, null, 'approved', 'Approved.', { approvalId: approval.id })])
      const approved = await findPost(tx, post.id)
      if (approved && post.dueAt)
        await startDeliveries(ctx, tx, actor, approved, { dueAt: post.dueAt, event: 'post.scheduled' })
      return (await findApproval(tx, approval.id)) as Approval
    },
  )
}

/** Four eyes, where the workspace wants them (answers 1.2). */
function refuseOwn(actor: Actor, approval: Approval, { approvals, allowSelfApproval }: PostRules) {
  if (approvals !== 'required' || allowSelfApproval) return
  const { decidedBy, decidedByExternal } = deciderOf(actor)
  const isOwn =
    (decidedBy !== null && decidedBy === approval.submittedBy) ||
    (decidedByExternal !== null && decidedByExternal === approval.submittedByExternal)
  if (isOwn)
    throw forbidden(
      'You submitted this post yourself; this workspace wants somebody else to approve it.',
      'self_approval',
    )
}

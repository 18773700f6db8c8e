import type { Actor } from '../domain/actor.ts'
import { requireVerb } from '../domain/post-verbs.ts'
import { type Approval, findApproval, insertApproval } from '../storage/approvals.ts'
import { withdrawDeliveries } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { updatePost } from '../storage/posts.ts'
import { appendLog } from '../storage/publish-log.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { requirePostForChange } from './post-access.ts'
import { logEntry, postEvent } from './post-events.ts'

/**
 * Asks for approval of a draft exactly as it is; until that is decided it can be neither scheduled nor published, in
 * every workspace. Needs `posts.create`.
 */
export async function submitPost(
  ctx: Context,
  actor: Actor,
  input: { postId: string; version?: number },
): Promise<Approval> {
  return transaction(ctx.db, async (tx) => {
    const post = await requirePostForChange(tx, actor, input.postId, 'posts.create', input.version)
    requireVerb('submit', post, actor.dialect)
    const now = ctx.clock.now()
    const approvalId = ctx.newId()
    await insertApproval(tx, {
      id: approvalId,
      workspaceId: post.workspaceId,
      postId: post.id,
      contentHash: post.contentHash,
      submittedBy: actor.kind === 'user' ? actor.userId : null,
      submittedByExternal: actor.kind === 'gateway' ? actor.externalUserId : null,
      submittedAt: now,
    })
    await withdrawDeliveries(
      tx,
      post.deliveries.filter(({ state }) => state === 'cancelled').map(({ id }) => id),
      'draft',
      now,
    )
    await updatePost(tx, post.id, { approval: 'pending', approvedHash: null }, now)
    await refreshPostStatus(tx, [post.id], now)
    await recordEvents(tx, actor, now, [postEvent(ctx, post, 'approval.requested', { approvalId })])
    await appendLog(tx, [logEntry(ctx, post, null, 'submitted', 'Submitted for approval.', { approvalId })])
    return (await findApproval(tx, approvalId)) as Approval
  })
}

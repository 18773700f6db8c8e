import type { Actor } from '../domain/actor.ts'
import { invalidAt } from '../domain/refusal.ts'
import { type Approval, decideApproval, findApproval } from '../storage/approvals.ts'
import { recordEvents } from '../storage/events.ts'
import { updatePost } from '../storage/posts.ts'
import { appendLog } from '../storage/publish-log.ts'
import { transaction } from '../storage/transaction.ts'
import { deciderOf, requireOpenApproval } from './approval-access.ts'
import type { Context } from './context.ts'
import { logEntry, postEvent } from './post-events.ts'

/** Room for an explanation, not for a document. */
const reasonCharactersMax = 2000

/** Sends a pending post back to its author, with the reason. Needs `posts.approve`. */
export async function rejectPost(
  ctx: Context,
  actor: Actor,
  input: { approvalId: string; reason: string },
): Promise<Approval> {
  const reason = input.reason.trim()
  if (reason === '') throw invalidAt('reason', 'Say why, so that the author can mend it.', 'reason_required')
  if (reason.length > reasonCharactersMax)
    throw invalidAt('reason', `The reason may have at most ${reasonCharactersMax} characters.`, 'too_long')
  return transaction(ctx.db, async (tx) => {
    const { approval, post } = await requireOpenApproval(tx, actor, input.approvalId)
    const now = ctx.clock.now()
    await decideApproval(tx, approval.id, { ...deciderOf(actor), state: 'rejected', decidedAt: now, reason })
    await updatePost(tx, post.id, { approval: 'none', approvedHash: null }, now)
    await recordEvents(tx, actor, now, [
      postEvent(ctx, post, 'approval.decided', { approvalId: approval.id, decision: 'rejected', reason }),
    ])
    await appendLog(tx, [
      logEntry(ctx, post, null, 'rejected', `Rejected: ${reason}`, { approvalId: approval.id }),
    ])
    return (await findApproval(tx, approval.id)) as Approval
  })
}

import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { notFound, wrongState } from '../domain/refusal.ts'
import { type Approval, findApproval } from '../storage/approvals.ts'
import type { Tx } from '../storage/database.ts'
import { lockPost } from '../storage/posts.ts'
import { permissionsIn, requireAccess } from './access.ts'

/** An open approval with its post, locked, for an actor who may decide; one of another workspace does not exist. */
export async function requireOpenApproval(
  tx: Tx,
  actor: Actor,
  approvalId: string,
): Promise<{ approval: Approval; post: Post }> {
  const found = await findApproval(tx, approvalId)
  if (!found || !(await permissionsIn(tx, actor, found.workspaceId))) throw notFound('Approval', approvalId)
  await requireAccess(tx, actor, found.workspaceId, 'posts.approve')
  const post = await lockPost(tx, found.postId)
  // As it is under the lock: an edit may have changed what it is bound to, somebody else may have decided.
  const approval = await findApproval(tx, approvalId)
  if (!post || !approval) throw notFound('Approval', approvalId)
  if (approval.state !== 'pending')
    throw wrongState(`This approval was decided already: it is ${approval.state}.`, 'already_decided')
  return { approval, post }
}

/** Who decides: one of our users, or somebody the content gateway vouches for. */
export const deciderOf = (actor: Actor) => ({
  decidedBy: actor.kind === 'user' ? actor.userId : null,
  decidedByExternal: actor.kind === 'gateway' ? actor.externalUserId : null,
})

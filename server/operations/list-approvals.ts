import type { Actor } from '../domain/actor.ts'
import {
  type Approval,
  type ApprovalState,
  approvalsOfPost,
  listApprovals as listStored,
} from '../storage/approvals.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'
import { requirePost } from './post-access.ts'

/** The approvals of a workspace, oldest first, so that what waits longest is seen first. Members may read. */
export async function listApprovals(
  ctx: Context,
  actor: Actor,
  input: PageRequest & { workspaceId: string; state?: ApprovalState },
): Promise<Page<Approval>> {
  const { workspaceId, state } = input
  await requireAccess(ctx.db, actor, workspaceId, null)
  return readPage(
    ctx,
    input,
    ['approvals', workspaceId, state],
    (after, limit) => listStored(ctx.db, workspaceId, state ?? null, { limit, afterId: after?.[0] ?? null }),
    (approval) => [approval.id],
  )
}

/** A post is seldom submitted more than a few times; older rounds than these are in the audit log. */
const approvalsOfPostMax = 100

/** The rounds of approval of one post, newest first. Members may read. */
export async function listPostApprovals(
  ctx: Context,
  actor: Actor,
  input: { postId: string },
): Promise<Approval[]> {
  const post = await requirePost(ctx.db, actor, input.postId, null)
  return approvalsOfPost(ctx.db, post.id, approvalsOfPostMax)
}

import type { Db } from './database.ts'

export type ApprovalState = 'pending' | 'approved' | 'rejected' | 'void'

/** One round of asking and deciding, bound to the content it was about. */
export interface Approval {
  id: string
  workspaceId: string
  postId: string
  state: ApprovalState
  contentHash: Buffer
  submittedBy: string | null
  /** Who asked, when it is not one of our users (dialect D behind its gateway). */
  submittedByExternal: string | null
  submittedAt: Date
  decidedBy: string | null
  decidedByExternal: string | null
  decidedAt: Date | null
  reason: string | null
}

const columns = [
  'id',
  'workspaceId',
  'postId',
  'state',
  'contentHash',
  'submittedBy',
  'submittedByExternal',
  'submittedAt',
  'decidedBy',
  'decidedByExternal',
  'decidedAt',
  'reason',
] as const

export async function insertApproval(
  tx: Db,
  approval: Pick<
    Approval,
    'id' | 'workspaceId' | 'postId' | 'contentHash' | 'submittedBy' | 'submittedByExternal' | 'submittedAt'
  >,
): Promise<void> {
  await tx
    .insertInto('approvals')
    .values({ ...approval, state: 'pending' })
    .execute()
}

export async function findApproval(tx: Db, id: string): Promise<Approval | null> {
  const row = await tx.selectFrom('approvals').select(columns).where('id', '=', id).executeTakeFirst()
  return row ?? null
}

/** Of one post, newest first. Uses approvals_post. */
export async function approvalsOfPost(tx: Db, postId: string, limit: number): Promise<Approval[]> {
  return tx
    .selectFrom('approvals')
    .select(columns)
    .where('postId', '=', postId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** Of a workspace, oldest first, so that who waits longest is seen first. Uses approvals_pending for the open ones. */
export async function listApprovals(
  tx: Db,
  workspaceId: string,
  state: ApprovalState | null,
  page: { limit: number; afterId: string | null },
): Promise<Approval[]> {
  let query = tx.selectFrom('approvals').select(columns).where('workspaceId', '=', workspaceId)
  if (state) query = query.where('state', '=', state)
  if (page.afterId) query = query.where('id', '>', page.afterId)
  return query.orderBy('id').limit(page.limit).execute()
}

export async function decideApproval(
  tx: Db,
  id: string,
  decision: {
    state: 'approved' | 'rejected'
    decidedBy: string | null
    decidedByExternal: string | null
    decidedAt: Date
    reason: string | null
  },
): Promise<void> {
  await tx
    .updateTable('approvals')
    .set(decision)
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/** The post was edited while it waited: whoever decides, decides about what it is now. */
export async function rebindPendingApproval(tx: Db, postId: string, contentHash: Buffer): Promise<void> {
  await tx
    .updateTable('approvals')
    .set({ contentHash })
    .where('postId', '=', postId)
    .where('state', '=', 'pending')
    .execute()
}

/** The post was edited after it had been approved: nobody approved what it is now. */
export async function voidApproved(tx: Db, postId: string): Promise<void> {
  await tx
    .updateTable('approvals')
    .set({ state: 'void' })
    .where('postId', '=', postId)
    .where('state', '=', 'approved')
    .execute()
}

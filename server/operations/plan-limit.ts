import { Refusal } from '../domain/refusal.ts'
import type { Tx } from '../storage/database.ts'
import { lockOpenPosts } from '../storage/open-posts.ts'
import type { Context } from './context.ts'

/** Whether a workspace may have another post that is not out yet (FANFARE_PLAN_SLOTS); always, where there is no limit. */
export async function hasPlanRoom(ctx: Context, tx: Tx, workspaceId: string): Promise<boolean> {
  const limit = ctx.settings.planSlots ?? null
  return limit === null || (await lockOpenPosts(tx, workspaceId)) < limit
}

/** Refuses (`rate_limited`, rule `plan_limit`) a post too many. */
export async function requirePlanRoom(ctx: Context, tx: Tx, workspaceId: string): Promise<void> {
  if (await hasPlanRoom(ctx, tx, workspaceId)) return
  throw new Refusal(
    'rate_limited',
    `This workspace has ${ctx.settings.planSlots} posts that are not out yet, as many as its plan allows. Delete some, or wait until some are published.`,
    { rule: 'plan_limit' },
  )
}

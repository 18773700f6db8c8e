import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { listPostsByTime as list, type TimedFilter } from '../storage/posts-by-time.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** Posts of a workspace in the order of their times, whoever made them and by whichever dialect (answers 1.3). */
export async function listPostsByTime(
  ctx: Context,
  actor: Actor,
  {
    order,
    offset,
    limit,
    ...filter
  }: TimedFilter & { order: 'soonest' | 'latest'; offset: number; limit: number },
): Promise<Post[]> {
  await requireAccess(ctx.db, actor, filter.workspaceId, null)
  return list(ctx.db, filter, { order, offset, limit })
}

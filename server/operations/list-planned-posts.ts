import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { invalidAt } from '../domain/refusal.ts'
import { listCalendar, type PostFilter } from '../storage/list-posts.ts'
import { type Planning, planningOf } from '../storage/planning.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** A calendar shows weeks; a range with more posts than this is asked for in parts. */
const plannedMax = 2000

/** The posts of a workspace whose time lies between two instants, both included, soonest first. */
export async function listPlannedPosts(
  ctx: Context,
  actor: Actor,
  filter: PostFilter & { dueFrom: Date; dueTo: Date },
): Promise<Post[]> {
  await requireAccess(ctx.db, actor, filter.workspaceId, null)
  const posts = await listCalendar(ctx.db, filter, plannedMax + 1)
  if (posts.length > plannedMax)
    throw invalidAt(
      'to',
      `There are more than ${plannedMax} posts in this range. Ask for a shorter one.`,
      'range',
    )
  return posts
}

/** The names of the accounts, campaigns and labels of posts that the actor has read. */
export async function readPlanning(ctx: Context, workspaceId: string, posts: Post[]): Promise<Planning> {
  return await planningOf(ctx.db, workspaceId, {
    accountIds: [...new Set(posts.flatMap((post) => post.deliveries.map(({ accountId }) => accountId)))],
    campaignIds: [...new Set(posts.flatMap(({ campaignId }) => campaignId ?? []))],
    labelIds: [...new Set(posts.flatMap(({ labelIds }) => labelIds))],
  })
}

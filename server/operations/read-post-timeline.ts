import type { Actor } from '../domain/actor.ts'
import { timelineOfPost } from '../storage/analytics.ts'
import { requireMeasured } from './analytics-subject.ts'
import type { Context } from './context.ts'

/** How the sums of one post grew, by the hour of collection, oldest first (C14). */
export async function readPostTimeline(ctx: Context, actor: Actor, { postId }: { postId: string }) {
  await requireMeasured(ctx.db, actor, 'post', postId)
  return timelineOfPost(ctx.db, postId)
}

import type { Actor } from '../domain/actor.ts'
import { type LogEntry, logOfPost } from '../storage/publish-log.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'
import { requirePost } from './post-access.ts'

/** What was asked of a post and what became of it, oldest first. Members may read. */
export async function postLog(
  ctx: Context,
  actor: Actor,
  input: PageRequest & { postId: string },
): Promise<Page<LogEntry>> {
  const post = await requirePost(ctx.db, actor, input.postId, null)
  return readPage(
    ctx,
    input,
    ['post-log', post.id],
    (after, limit) => logOfPost(ctx.db, post.id, { limit, afterId: after?.[0] ?? null }),
    (entry) => [entry.id],
  )
}

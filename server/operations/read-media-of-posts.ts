import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { type Media, mediaByIds } from '../storage/media.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** The files of posts of one workspace, by id; those of the posts themselves, not of their overrides. */
export async function readMediaOfPosts(
  ctx: Context,
  actor: Actor,
  { workspaceId, posts }: { workspaceId: string; posts: Pick<Post, 'mediaIds'>[] },
): Promise<Map<string, Media>> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  const ids = [...new Set(posts.flatMap(({ mediaIds }) => mediaIds))]
  return new Map((await mediaByIds(ctx.db, workspaceId, ids)).map((media) => [media.id, media]))
}

import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { listPosts as listStored, type PostFilter } from '../storage/list-posts.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'
import { requireBrandRules } from './post-access.ts'

export type BrandPostFilter = Omit<PostFilter, 'workspaceId' | 'brandId'> & { brandId: string }

/** The posts of a brand, newest first, a page at a time. Members may read. */
export async function listPosts(
  ctx: Context,
  actor: Actor,
  input: BrandPostFilter & PageRequest,
): Promise<Page<Post>> {
  const { limit, cursor, ...filter } = input
  const { workspaceId } = await requireBrandRules(ctx.db, actor, filter.brandId, null)
  return readPage(
    ctx,
    { limit, cursor },
    ['posts', workspaceId, JSON.stringify(filter)],
    (after, most) =>
      listStored(ctx.db, { ...filter, workspaceId }, { limit: most, beforeId: after?.[0] ?? null }),
    (post) => [post.id],
  )
}

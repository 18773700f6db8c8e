import type { Actor } from '../domain/actor.ts'
import { engagementOf } from '../domain/analytics.ts'
import type { Post } from '../domain/post.ts'
import { figuresOfPosts } from '../storage/analytics.ts'
import { countPosts, listPosts, type PostFilter } from '../storage/list-posts.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

export interface CountedPost {
  post: Post
  impressions: number
  engagement: number
  clicks: number
}

/** Posts of a workspace in all its brands with their numbers, newest first; pages are counted from 1 (C7). */
export async function listWorkspacePosts(
  ctx: Context,
  actor: Actor,
  { page, limit, ...filter }: PostFilter & { page: number; limit: number },
): Promise<{ posts: CountedPost[]; total: number }> {
  await requireAccess(ctx.db, actor, filter.workspaceId, null)
  const posts = await listPosts(ctx.db, filter, { limit, offset: (page - 1) * limit })
  const figures = await figuresOfPosts(
    ctx.db,
    posts.map((post) => post.id),
  )
  const sum = (post: Post, count: (row: (typeof figures)[number]) => number | null) =>
    figures.reduce((total, row) => total + (row.postId === post.id ? (count(row) ?? 0) : 0), 0)
  return {
    posts: posts.map((post) => ({
      post,
      impressions: sum(post, (row) => row.impressions),
      engagement: sum(post, engagementOf),
      clicks: sum(post, (row) => row.clicks),
    })),
    total: await countPosts(ctx.db, filter),
  }
}

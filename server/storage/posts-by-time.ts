import { sql } from 'kysely'
import type { PostStatus } from '../domain/delivery.ts'
import type { Post } from '../domain/post.ts'
import type { Db } from './database.ts'
import { findPosts } from './posts.ts'

export interface TimedFilter {
  workspaceId: string
  statuses?: PostStatus[]
  network?: string
  campaignId?: string
  contentType?: string
  /** Bounds of `dueAt`: the first instant is in, the last is not. */
  from?: Date
  to?: Date
}

/** Posts by the time they are for, those without one last (dialect A). Index posts_calendar for a bounded range. */
export async function listPostsByTime(
  tx: Db,
  filter: TimedFilter,
  { order, offset, limit }: { order: 'soonest' | 'latest'; offset: number; limit: number },
): Promise<Post[]> {
  const direction = order === 'soonest' ? sql`asc` : sql`desc`
  const { rows } = await sql<{ id: string }>`
    select id from posts
    where workspace_id = ${filter.workspaceId}
      ${filter.statuses ? sql`and status = any (${filter.statuses}::post_status[])` : sql``}
      ${filter.network ? sql`and exists (select from deliveries where post_id = posts.id and network = ${filter.network})` : sql``}
      ${filter.campaignId ? sql`and campaign_id = ${filter.campaignId}` : sql``}
      ${filter.contentType ? sql`and content_type = ${filter.contentType}` : sql``}
      ${filter.from ? sql`and due_at >= ${filter.from}` : sql``}
      ${filter.to ? sql`and due_at < ${filter.to}` : sql``}
    order by due_at ${direction} nulls last, id ${direction} limit ${limit} offset ${offset}`.execute(tx)
  return findPosts(
    tx,
    rows.map((row) => row.id),
  )
}

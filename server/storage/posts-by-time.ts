import { type RawBuilder, sql } from 'kysely'
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

/**
 * Posts by the time they are for, those without one last (dialect A). Walks posts_calendar, forwards or backwards, and
 * then posts_untimed, and stops after the page.
 */
export async function listPostsByTime(
  tx: Db,
  filter: TimedFilter,
  page: { order: 'soonest' | 'latest'; offset: number; limit: number },
): Promise<Post[]> {
  const { rows } = await postsByTimeQuery(filter, page).execute(tx)
  return findPosts(
    tx,
    rows.map((row) => row.id),
  )
}

export function postsByTimeQuery(
  filter: TimedFilter,
  { order, offset, limit }: { order: 'soonest' | 'latest'; offset: number; limit: number },
): RawBuilder<{ id: string }> {
  const direction = order === 'soonest' ? sql`asc` : sql`desc`
  const timed = sql`
    (select id, due_at from posts
     where ${conditions(filter)} and due_at is not null
       ${filter.from ? sql`and due_at >= ${filter.from}` : sql``}
       ${filter.to ? sql`and due_at < ${filter.to}` : sql``}
     order by due_at ${direction}, id ${direction} limit ${limit + offset})`
  const untimed = sql`
    (select id, due_at from posts
     where ${conditions(filter)} and due_at is null
     order by id ${direction} limit ${limit + offset})`
  const isRange = filter.from !== undefined || filter.to !== undefined
  return sql<{ id: string }>`
    select id from (${isRange ? timed : sql`${timed} union all ${untimed}`}) as found
    order by due_at ${direction} nulls last, id ${direction} limit ${limit} offset ${offset}`
}

const conditions = (filter: TimedFilter) => sql`
  workspace_id = ${filter.workspaceId}
  ${filter.statuses ? sql`and status = any (${filter.statuses}::post_status[])` : sql``}
  ${filter.network ? sql`and exists (select from deliveries where post_id = posts.id and network = ${filter.network})` : sql``}
  ${filter.campaignId ? sql`and campaign_id = ${filter.campaignId}` : sql``}
  ${filter.contentType ? sql`and content_type = ${filter.contentType}` : sql``}`

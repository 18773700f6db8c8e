import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { PostStatus } from '../domain/delivery.ts'
import type { Post, PostApproval } from '../domain/post.ts'
import type { Db } from './database.ts'
import { findPosts } from './posts.ts'

/** Which posts of a workspace are wanted. Everything given must hold. */
export interface PostFilter {
  workspaceId: string
  /** One brand, which was checked to be of that workspace. */
  brandId?: string
  /** Each is read from its own stretch of the index, so that a rare one is found without reading the others. */
  statuses?: PostStatus[]
  approval?: PostApproval
  campaignId?: string
  labelId?: string
  /** With a delivery to this account. */
  accountId?: string
  /** With a delivery to this network. */
  network?: string
  /** Bounds of `dueAt`, both included. */
  dueFrom?: Date
  dueTo?: Date
  /** Bounds of when it went out, else is to, else was written; the first instant is in, the last is not. */
  timeFrom?: Date
  timeTo?: Date
}

export interface PostPage {
  limit: number
  /** The last id of the page before. */
  beforeId?: string | null
  /** For dialects that page by number. */
  offset?: number
}

/**
 * A page of posts, newest first. Walks posts_brand or posts_workspace, with statuses posts_brand_status or
 * posts_workspace_status, in the order of the answer, and stops after `limit`.
 */
export async function listPosts(tx: Db, filter: PostFilter, page: PostPage): Promise<Post[]> {
  const { rows } = await listPostsQuery(filter, page).execute(tx)
  return findPosts(
    tx,
    rows.map((row) => row.id),
  )
}

export function listPostsQuery(
  { statuses, ...filter }: PostFilter,
  { limit, beforeId, offset = 0 }: PostPage,
): RawBuilder<{ id: string }> {
  const branches = (statuses ?? [null]).map(
    (status) => sql`
      (select id from posts
       where ${conditions(filter)}
         ${status ? sql`and status = ${status}` : sql``}
         ${beforeId ? sql`and id < ${beforeId}` : sql``}
       order by id desc limit ${limit + offset})`,
  )
  return sql<{ id: string }>`
    select id from (${sql.join(branches, sql` union all `)}) as found
    order by id desc limit ${limit} offset ${offset}`
}

/** How many there are in all; for dialects that show a total. */
export async function countPosts(tx: Db, { statuses, ...filter }: PostFilter): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from posts
    where ${conditions(filter)}
      ${statuses ? sql`and status = any (${statuses}::post_status[])` : sql``}`.execute(tx)
  return rows[0]?.count ?? 0
}

/** Posts with a time, in the order of the calendar. Walks posts_calendar. */
export async function listCalendar(
  tx: Db,
  filter: PostFilter & { dueFrom: Date; dueTo: Date },
  limit: number,
): Promise<Post[]> {
  const { rows } = await calendarQuery(filter, limit).execute(tx)
  return findPosts(
    tx,
    rows.map((row) => row.id),
  )
}

export function calendarQuery(
  { statuses, ...filter }: PostFilter & { dueFrom: Date; dueTo: Date },
  limit: number,
): RawBuilder<{ id: string }> {
  return sql<{ id: string }>`
    select id from posts
    where workspace_id = ${filter.workspaceId}
      and ${conditions(filter)}
      ${statuses ? sql`and status = any (${statuses}::post_status[])` : sql``}
    order by due_at, id limit ${limit}`
}

function conditions(filter: Omit<PostFilter, 'statuses'>): RawBuilder<SqlBool> {
  const { approval, campaignId, labelId, accountId, network, dueFrom, dueTo, timeFrom, timeTo } = filter
  return sql<SqlBool>`${sql.join(
    [
      filter.brandId ? sql`brand_id = ${filter.brandId}` : sql`workspace_id = ${filter.workspaceId}`,
      approval && sql`approval = ${approval}`,
      campaignId && sql`campaign_id = ${campaignId}`,
      labelId && sql`exists (select from post_labels where post_id = posts.id and label_id = ${labelId})`,
      accountId &&
        sql`exists (select from deliveries where post_id = posts.id and account_id = ${accountId})`,
      network && sql`exists (select from deliveries where post_id = posts.id and network = ${network})`,
      dueFrom && sql`due_at >= ${dueFrom}`,
      dueTo && sql`due_at <= ${dueTo}`,
      timeFrom && sql`coalesce(published_at, due_at, created_at) >= ${timeFrom}`,
      timeTo && sql`coalesce(published_at, due_at, created_at) < ${timeTo}`,
    ].filter((condition) => condition !== undefined && condition !== ''),
    sql` and `,
  )}`
}

import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'

/** What a report is about: what was published between two instants (the first included, the last not). */
export interface ReportScope {
  /** Null: the whole instance. */
  workspaceId: string | null
  network?: string
  from: Date
  to: Date
  /** The zone whose hours and days the timeline counts. */
  timezone: string
}

export type Granularity = 'hour' | 'day' | 'week' | 'month'

export interface ReportSums {
  posts: number
  impressions: number
  reach: number
  engagement: number
  clicks: number
}

/** Published deliveries of the scope, each with its newest snapshot. Indexes deliveries_published, post_metrics_delivery. */
const measured = ({ workspaceId, network, from, to }: ReportScope): RawBuilder<unknown> => sql`
  select deliveries.id, deliveries.post_id, deliveries.network, deliveries.published_at,
         coalesce(figures.impressions, 0) as impressions, coalesce(figures.reach, 0) as reach,
         coalesce(figures.likes, 0) + coalesce(figures.comments, 0) + coalesce(figures.shares, 0) as engagement,
         coalesce(figures.clicks, 0) as clicks
  from deliveries left join lateral (
    select impressions, reach, likes, comments, shares, clicks from post_metrics
    where delivery_id = deliveries.id order by collected_at desc limit 1
  ) as figures on true
  where deliveries.state = 'published' and deliveries.published_at >= ${from} and deliveries.published_at < ${to}
    ${workspaceId ? sql`and deliveries.workspace_id = ${workspaceId}` : sql``}
    ${network ? sql`and deliveries.network = ${network}` : sql``}`

/** One row for each network that something went out to; `posts` counts deliveries, so that they add up (answers part 2). */
export async function sumByNetwork(
  tx: Db,
  scope: ReportScope,
): Promise<(ReportSums & { network: string })[]> {
  const { rows } = await sql<ReportSums & { network: string }>`
    select network, count(*) as posts, sum(impressions) as impressions, sum(reach) as reach,
           sum(engagement) as engagement, sum(clicks) as clicks
    from (${measured(scope)}) as measured group by network order by network`.execute(tx)
  return rows
}

/** By hour, day, week (from Monday) or month of publication in the scope's zone; empty ones are left out. */
export async function sumByTime(tx: Db, scope: ReportScope, granularity: Granularity) {
  const { rows } = await sql<{ at: string; impressions: number; engagement: number; posts: number }>`
    select to_char(date_trunc(${granularity}, published_at at time zone ${scope.timezone}),
                   ${granularity === 'hour' ? 'YYYY-MM-DD"T"HH24:MI' : 'YYYY-MM-DD'}) as at,
           sum(impressions) as impressions, sum(engagement) as engagement, count(*) as posts
    from (${measured(scope)}) as measured group by 1 order by 1 limit 10000`.execute(tx)
  return rows
}

export interface TopPost {
  postId: string
  text: string
  network: string
  impressions: number
  engagement: number
  publishedAt: Date
}

/** The deliveries that moved most people, most engaging first. */
export async function topPublished(tx: Db, scope: ReportScope, limit: number): Promise<TopPost[]> {
  const { rows } = await sql<TopPost>`
    select post_id, posts.text, network, impressions, engagement, measured.published_at
    from (${measured(scope)}) as measured join posts on posts.id = measured.post_id
    order by engagement desc, impressions desc, measured.id limit ${limit}`.execute(tx)
  return rows
}

/**
 * Followers of the scope's connected accounts at the end of the period and at its start. An account first measured
 * within the period counts from its first snapshot. Null when nothing was ever measured.
 */
export async function audienceOver(tx: Db, { workspaceId, network, from, to }: ReportScope) {
  const { rows } = await sql<{ atStart: number | null; atEnd: number | null }>`
    select sum(coalesce(before.followers, first.followers)) as at_start, sum(last.followers) as at_end
    from accounts
    left join lateral (select followers from account_metrics where account_id = accounts.id and followers is not null
      and collected_at < ${from} order by collected_at desc limit 1) as before on true
    left join lateral (select followers from account_metrics where account_id = accounts.id and followers is not null
      and collected_at < ${to} order by collected_at limit 1) as first on true
    left join lateral (select followers from account_metrics where account_id = accounts.id and followers is not null
      and collected_at < ${to} order by collected_at desc limit 1) as last on true
    where state not in ('disconnected', 'choosing')
      ${workspaceId ? sql`and workspace_id = ${workspaceId}` : sql``}
      ${network ? sql`and network = ${network}` : sql``}`.execute(tx)
  return rows[0] as { atStart: number | null; atEnd: number | null }
}

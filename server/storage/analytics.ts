import { type RawBuilder, sql } from 'kysely'
import type { Figures } from '../domain/analytics.ts'
import type { Db } from './database.ts'

/** Whole days, both ends included, in a time zone. `YYYY-MM-DD`. */
export interface Period {
  from: string
  to: string
  timezone: string
}

export interface PublishedFigures extends Figures {
  deliveryId: string
  postId: string
  accountId: string
  network: string
  url: string | null
  text: string
  publishedAt: Date
  collectedAt: Date | null
}

export interface Sums {
  posts: number
  impressions: number
  engagement: number
}

const start = ({ from, timezone }: Period) => sql`(${from}::date::timestamp at time zone ${timezone})`
const end = ({ to, timezone }: Period) => sql`((${to}::date + 1)::timestamp at time zone ${timezone})`

/** The newest snapshot of a delivery; snapshots are cumulative, so it holds the whole count. Index post_metrics_delivery. */
const latest = sql`
  left join lateral (
    select impressions, reach, likes, comments, shares, clicks, collected_at
    from post_metrics where post_metrics.delivery_id = deliveries.id
    order by collected_at desc limit 1
  ) as figures on true`

const engagement = sql`
  coalesce(figures.likes, 0) + coalesce(figures.comments, 0) + coalesce(figures.shares, 0)`

export type Subject = { brandId: string } | { accountId: string }

const isOf = (subject: Subject): RawBuilder<unknown> =>
  'brandId' in subject
    ? sql`posts.brand_id = ${subject.brandId}`
    : sql`deliveries.account_id = ${subject.accountId}`

/** Sums over what was published in the period. Index deliveries_published. */
export async function sumPublished(
  tx: Db,
  workspaceId: string,
  subject: Subject,
  period: Period,
): Promise<Sums> {
  const { rows } = await sql<Sums>`
    select count(distinct deliveries.post_id) as posts,
           coalesce(sum(figures.impressions), 0) as impressions,
           coalesce(sum(${engagement}), 0) as engagement
    from deliveries join posts on posts.id = deliveries.post_id ${latest}
    where deliveries.workspace_id = ${workspaceId} and deliveries.state = 'published' and ${isOf(subject)}
      and deliveries.published_at >= ${start(period)} and deliveries.published_at < ${end(period)}`.execute(
    tx,
  )
  return rows[0] as Sums
}

/** The same by day of publication; days without a post are absent. */
export async function sumPublishedByDay(tx: Db, workspaceId: string, subject: Subject, period: Period) {
  const { rows } = await sql<Sums & { date: string }>`
    select to_char(deliveries.published_at at time zone ${period.timezone}, 'YYYY-MM-DD') as date,
           count(distinct deliveries.post_id) as posts,
           coalesce(sum(figures.impressions), 0) as impressions,
           coalesce(sum(${engagement}), 0) as engagement
    from deliveries join posts on posts.id = deliveries.post_id ${latest}
    where deliveries.workspace_id = ${workspaceId} and deliveries.state = 'published' and ${isOf(subject)}
      and deliveries.published_at >= ${start(period)} and deliveries.published_at < ${end(period)}
    group by 1 order by 1`.execute(tx)
  return rows
}

/**
 * Followers of accounts at the start and at the end of a period: each account's last snapshot before that instant.
 * An account first measured within the period counts from its first snapshot, so that connecting it is no growth.
 * Null when no account has ever been measured. Index account_metrics_account.
 */
export async function followersOver(tx: Db, accountIds: string[], period: Period) {
  const { rows } = await sql<{ atStart: number | null; atEnd: number | null }>`
    select sum(coalesce(before.followers, first.followers)) as at_start, sum(last.followers) as at_end
    from unnest(${accountIds}::uuid[]) as accounts (id)
    left join lateral (select followers from account_metrics
      where account_id = accounts.id and followers is not null and collected_at < ${start(period)}
      order by collected_at desc limit 1) as before on true
    left join lateral (select followers from account_metrics
      where account_id = accounts.id and followers is not null and collected_at < ${end(period)}
      order by collected_at limit 1) as first on true
    left join lateral (select followers from account_metrics
      where account_id = accounts.id and followers is not null and collected_at < ${end(period)}
      order by collected_at desc limit 1) as last on true`.execute(tx)
  return rows[0] as { atStart: number | null; atEnd: number | null }
}

/** One account's followers by day, each day's last snapshot. */
export async function followersByDay(tx: Db, accountId: string, period: Period) {
  const { rows } = await sql<{ date: string; followers: number | null }>`
    select distinct on (date) to_char(collected_at at time zone ${period.timezone}, 'YYYY-MM-DD') as date, followers
    from account_metrics
    where account_id = ${accountId} and collected_at >= ${start(period)} and collected_at < ${end(period)}
    order by date, collected_at desc`.execute(tx)
  return rows
}

const tables = { brand: 'brands', account: 'accounts', post: 'posts' } as const
export type MeasuredKind = keyof typeof tables

/** The workspace that a brand, an account or a post belongs to, and the zone its days are counted in. */
export async function findMeasured(tx: Db, kind: MeasuredKind, id: string) {
  const { rows } = await sql<{ workspaceId: string; timezone: string }>`
    select subject.workspace_id, workspaces.timezone
    from ${sql.table(tables[kind])} as subject join workspaces on workspaces.id = subject.workspace_id
    where subject.id = ${id}`.execute(tx)
  return rows[0]
}

/** The accounts of a brand whose followers count: every one that is connected. Index accounts_brand. */
export async function measuredAccountIds(tx: Db, brandId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('accounts')
    .select('id')
    .where('brandId', '=', brandId)
    .where('state', 'not in', ['disconnected', 'choosing'])
    .execute()
  return rows.map((row) => row.id)
}

export async function networkOfAccount(tx: Db, accountId: string): Promise<string> {
  const row = await tx
    .selectFrom('accounts')
    .select('network')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
  return row.network
}

export interface PublishedAfter {
  publishedAt: Date
  deliveryId: string
}

/** Published deliveries of a brand with their figures, oldest first, after a position; for reading in batches. */
export async function listPublished(
  tx: Db,
  workspaceId: string,
  subject: Subject,
  period: Period,
  { after, limit }: { after: PublishedAfter | null; limit: number },
): Promise<PublishedFigures[]> {
  const { rows } = await sql<PublishedFigures>`
    select deliveries.id as delivery_id, deliveries.post_id, deliveries.account_id, deliveries.network, deliveries.url,
           coalesce(deliveries.text, posts.text) as text, deliveries.published_at, figures.*
    from deliveries join posts on posts.id = deliveries.post_id ${latest}
    where deliveries.workspace_id = ${workspaceId} and deliveries.state = 'published' and ${isOf(subject)}
      and deliveries.published_at >= ${start(period)} and deliveries.published_at < ${end(period)}
      and (${after === null} or (deliveries.published_at, deliveries.id) > (${after?.publishedAt ?? null}, ${after?.deliveryId ?? null}::uuid))
    order by deliveries.published_at, deliveries.id
    limit ${limit}`.execute(tx)
  return rows
}

/** The published deliveries of posts with their figures, each post's in the order of its targets. */
export async function figuresOfPosts(tx: Db, postIds: string[]): Promise<PublishedFigures[]> {
  const { rows } = await sql<PublishedFigures>`
    select deliveries.id as delivery_id, deliveries.post_id, deliveries.account_id, deliveries.network, deliveries.url,
           coalesce(deliveries.text, posts.text) as text, deliveries.published_at, figures.*
    from deliveries join posts on posts.id = deliveries.post_id ${latest}
    where deliveries.post_id = any (${postIds}::uuid[]) and deliveries.state = 'published'
    order by deliveries.post_id, deliveries.position`.execute(tx)
  return rows
}

/** How the sums of one post grew: one entry for each collection, oldest first. */
export async function timelineOfPost(
  tx: Db,
  postId: string,
): Promise<{ at: Date; impressions: number; engagement: number }[]> {
  const { rows } = await sql<{ at: Date; impressions: number; engagement: number }>`
    select date_trunc('hour', collected_at) as at, sum(impressions) as impressions, sum(engagement) as engagement
    from (
      select distinct on (delivery_id, date_trunc('hour', collected_at))
             delivery_id, collected_at, coalesce(impressions, 0) as impressions,
             coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0) as engagement
      from post_metrics where post_id = ${postId} and delivery_id is not null
      order by delivery_id, date_trunc('hour', collected_at), collected_at desc
    ) as hourly
    group by 1 order by 1 limit 2000`.execute(tx)
  return rows
}

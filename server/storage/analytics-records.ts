import { type Selectable, sql } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'
import type { PostMetrics } from './schema.ts'

/** One snapshot of a post's numbers: collected by the engine, or written by hand through dialect A. */
export type AnalyticsRecord = Omit<Selectable<PostMetrics>, 'raw'> & {
  raw: Record<string, unknown>
  postNumber: number
}

export interface RecordFields {
  saves?: number | null
  impressions?: number | null
  reach?: number | null
  views?: number | null
  likes?: number | null
  comments?: number | null
  shares?: number | null
  clicks?: number | null
  engagementRate?: number | null
  platform?: string | null
  collectedAt?: Date
  raw?: Record<string, unknown>
}

export async function insertRecord(
  tx: Db,
  record: RecordFields & {
    id: string
    workspaceId: string
    postId: string
    deliveryId?: string
    collectedAt: Date
  },
  now: Date,
): Promise<void> {
  const { raw, ...plain } = record
  await tx
    .insertInto('postMetrics')
    .values({ ...plain, raw: json(raw ?? {}), createdAt: now, updatedAt: now })
    .execute()
}

const selected = sql`
  select post_metrics.*, posts.number as post_number from post_metrics join posts on posts.id = post_metrics.post_id`

export async function findRecord(tx: Db, id: string): Promise<AnalyticsRecord | undefined> {
  const { rows } = await sql<AnalyticsRecord>`${selected} where post_metrics.id = ${id}`.execute(tx)
  return rows[0]
}

/** Those with these ids, in this order. Uses the primary key. */
export async function findRecords(tx: Db, ids: string[]): Promise<AnalyticsRecord[]> {
  const { rows } = await sql<AnalyticsRecord>`${selected}
    where post_metrics.id = any (${ids}::uuid[]) order by array_position(${ids}::uuid[], post_metrics.id)`.execute(
    tx,
  )
  return rows
}

/** Newest first. Index post_metrics_workspace. */
export async function listRecords(
  tx: Db,
  workspaceId: string,
  filter: { postId?: string; from?: Date; to?: Date },
  { offset, limit }: { offset: number; limit: number },
): Promise<AnalyticsRecord[]> {
  const { rows } = await sql<AnalyticsRecord>`${selected}
    where post_metrics.workspace_id = ${workspaceId}
      ${filter.postId ? sql`and post_metrics.post_id = ${filter.postId}` : sql``}
      ${filter.from ? sql`and post_metrics.collected_at >= ${filter.from}` : sql``}
      ${filter.to ? sql`and post_metrics.collected_at < ${filter.to}` : sql``}
    order by post_metrics.id desc limit ${limit} offset ${offset}`.execute(tx)
  return rows
}

export async function updateRecord(
  tx: Db,
  id: string,
  { raw, ...change }: RecordFields,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('postMetrics')
    .set({ ...change, ...(raw && { raw: json(raw) }), updatedAt: now })
    .where('id', '=', id)
    .execute()
}

export async function deleteRecord(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('postMetrics').where('id', '=', id).execute()
}

export interface CampaignSums {
  posts: number
  records: number
  views: number
  likes: number
  comments: number
  shares: number
  clicks: number
  reach: number
  impressions: number
}

/**
 * The newest record of each post of a campaign, added up; `records` counts all there are (answers 1.15). A post with
 * several deliveries counts the newest record of each.
 */
export async function sumCampaign(tx: Db, campaignId: string): Promise<CampaignSums> {
  const { rows } = await sql<CampaignSums>`
    with newest as (
      select distinct on (post_id, delivery_id) post_metrics.*
      from post_metrics join posts on posts.id = post_metrics.post_id
      where posts.campaign_id = ${campaignId}
      order by post_id, delivery_id, collected_at desc, post_metrics.id desc
    )
    select (select count(*) from posts where campaign_id = ${campaignId}) as posts,
           (select count(*) from post_metrics join posts on posts.id = post_metrics.post_id
             where posts.campaign_id = ${campaignId}) as records,
           coalesce(sum(coalesce(views, impressions)), 0) as views, coalesce(sum(likes), 0) as likes,
           coalesce(sum(comments), 0) as comments, coalesce(sum(shares), 0) as shares,
           coalesce(sum(clicks), 0) as clicks, coalesce(sum(reach), 0) as reach,
           coalesce(sum(impressions), 0) as impressions
    from newest`.execute(tx)
  return rows[0] as CampaignSums
}

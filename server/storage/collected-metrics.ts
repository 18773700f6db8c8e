import { sql } from 'kysely'
import type { Db } from './database.ts'
import { type Json, json } from './json.ts'

/** A published delivery whose numbers are due. */
export interface MeasuredDelivery {
  id: string
  workspaceId: string
  postId: string
  accountId: string
  network: string
  externalId: string
  url: string | null
  publishedData: Json
  publishedAt: Date
}

/** The deliveries whose numbers are due, the longest due first. Index deliveries_metrics. */
export async function deliveriesToMeasure(db: Db, now: Date, limit: number): Promise<MeasuredDelivery[]> {
  const { rows } = await sql<MeasuredDelivery>`
    select id, workspace_id, post_id, account_id, network, external_id, url, published_data, published_at
    from deliveries
    where metrics_at <= ${now} and state = 'published' and removed_at is null
      and external_id is not null and published_at is not null
    order by metrics_at limit ${limit}`.execute(db)
  return rows
}

export interface PostSnapshot {
  deliveryId: string
  counts: Partial<Record<PostCount, number>>
  engagementRate: number | null
  raw: Record<string, Json>
}

type PostCount = 'impressions' | 'reach' | 'views' | 'likes' | 'comments' | 'shares' | 'saves' | 'clicks'

/** Records snapshots, and when each delivery is measured next; in one transaction. */
export async function recordPostMetrics(
  db: Db,
  snapshots: PostSnapshot[],
  next: { deliveryId: string; at: Date | null }[],
  { newId, now }: { newId(): string; now: Date },
): Promise<void> {
  const rows = snapshots.map(({ counts, ...snapshot }) => ({ id: newId(), ...snapshot, ...counts }))
  await db.transaction().execute(async (tx) => {
    await sql`
      insert into post_metrics (id, workspace_id, post_id, delivery_id, platform, impressions, reach, views, likes,
                                comments, shares, saves, clicks, engagement_rate, raw, collected_at, created_at, updated_at)
      select given.id, workspace_id, post_id, deliveries.id, network, impressions, reach, views, likes,
             comments, shares, saves, clicks, "engagementRate", raw, ${now}, ${now}, ${now}
      from json_to_recordset(${json(rows)}::json) as given (
        id uuid, "deliveryId" uuid, impressions bigint, reach bigint, views bigint, likes bigint, comments bigint,
        shares bigint, saves bigint, clicks bigint, "engagementRate" numeric, raw jsonb)
      join deliveries on deliveries.id = given."deliveryId"`.execute(tx)
    await moveMeasurements(tx, next)
  })
}

/** When these deliveries are measured next; null: not any more. */
export async function moveMeasurements(
  tx: Db,
  next: { deliveryId: string; at: Date | null }[],
): Promise<void> {
  if (next.length === 0) return
  await sql`
    update deliveries set metrics_at = given.at
    from json_to_recordset(${json(next)}::json) as given ("deliveryId" uuid, at timestamptz)
    where deliveries.id = given."deliveryId" and deliveries.state = 'published'`.execute(tx)
}

export async function recordAccountMetrics(
  db: Db,
  row: {
    id: string
    workspaceId: string
    accountId: string
    followers: number | null
    following: number | null
    posts: number | null
    raw: Record<string, Json>
  },
  now: Date,
): Promise<void> {
  await db
    .insertInto('accountMetrics')
    .values({ ...row, raw: json(row.raw), collectedAt: now })
    .execute()
}

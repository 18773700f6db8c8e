import { type Selectable, sql } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'
import type { CampaignStatus, Campaigns } from './schema.ts'

export type Campaign = Omit<Selectable<Campaigns>, 'goals'> & { goals: Record<string, unknown> }

/** What people decide about a campaign. Dates are days, `YYYY-MM-DD`. */
export interface CampaignFields {
  name: string
  description: string | null
  color: string | null
  status: CampaignStatus
  campaignType: string | null
  targetPlatforms: string[]
  goals: Record<string, unknown>
  tags: string[]
  startDate: string | null
  endDate: string | null
}

export async function insertCampaign(
  tx: Db,
  campaign: CampaignFields & { id: string; workspaceId: string; createdBy: string | null },
  now: Date,
): Promise<Campaign> {
  const { goals, ...plain } = campaign
  const row = await tx
    .insertInto('campaigns')
    .values({ ...plain, goals: json(goals), createdAt: now, updatedAt: now })
    .returningAll()
    .executeTakeFirstOrThrow()
  return row as Campaign
}

export async function findCampaign(tx: Db, id: string): Promise<Campaign | null> {
  const row = await tx.selectFrom('campaigns').selectAll().where('id', '=', id).executeTakeFirst()
  return (row as Campaign | undefined) ?? null
}

export interface CampaignFilter {
  workspaceId: string
  /** Absent: all but archived ones. */
  status?: CampaignStatus
  campaignType?: string
}

/** A page, newest first, and how many there are in all. Index campaigns_workspace. */
export async function listCampaigns(
  tx: Db,
  filter: CampaignFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ campaigns: Campaign[]; total: number }> {
  const wanted = tx
    .selectFrom('campaigns')
    .where('workspaceId', '=', filter.workspaceId)
    .where((eb) => (filter.status ? eb('status', '=', filter.status) : eb('status', '<>', 'archived')))
    .$if(filter.campaignType !== undefined, (query) =>
      query.where('campaignType', '=', filter.campaignType ?? ''),
    )
  const rows = await wanted.selectAll().orderBy('id', 'desc').limit(limit).offset(offset).execute()
  const counted = await wanted.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { campaigns: rows as Campaign[], total: counted.total }
}

export async function updateCampaign(
  tx: Db,
  id: string,
  { goals, ...change }: Partial<CampaignFields>,
  now: Date,
): Promise<Campaign> {
  const row = await tx
    .updateTable('campaigns')
    .set({ ...change, ...(goals && { goals: json(goals) }), updatedAt: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return row as Campaign
}

/** Its posts stay, without a campaign. */
export async function deleteCampaign(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('campaigns').where('id', '=', id).execute()
}

/** How many posts each of these campaigns has. Index posts_campaign. */
export async function postsPerCampaign(tx: Db, ids: string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; posts: number }>`
    select campaign_id as id, count(*) as posts from posts
    where campaign_id = any (${ids}::uuid[]) group by campaign_id`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.posts]))
}

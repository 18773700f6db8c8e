import type { Actor } from '../domain/actor.ts'
import { engagementRate } from '../domain/analytics.ts'
import { type CampaignSums, sumCampaign } from '../storage/analytics-records.ts'
import { requireCampaign } from './campaign-access.ts'
import type { Context } from './context.ts'

/** The numbers of all posts of a campaign together (A29); the rate is 100 * (likes + shares + comments) / views. */
export async function readCampaignAnalytics(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<CampaignSums & { engagementRate: number }> {
  await requireCampaign(ctx.db, actor, id, 'analytics.view')
  const sums = await sumCampaign(ctx.db, id)
  return { ...sums, engagementRate: engagementRate(sums.likes + sums.shares + sums.comments, sums.views) }
}

import type { Actor } from '../domain/actor.ts'
import {
  type Campaign,
  type CampaignFilter,
  listCampaigns as list,
  postsPerCampaign,
} from '../storage/campaigns.ts'
import { requireAccess } from './access.ts'
import { requireCampaign } from './campaign-access.ts'
import type { Context } from './context.ts'

export type CountedCampaign = Campaign & { posts: number }

/** Campaigns of a workspace with how many posts each has, newest first; archived ones only when asked for by status. */
export async function listCampaigns(
  ctx: Context,
  actor: Actor,
  { offset, limit, ...filter }: CampaignFilter & { offset: number; limit: number },
): Promise<{ campaigns: CountedCampaign[]; total: number }> {
  await requireAccess(ctx.db, actor, filter.workspaceId, null)
  const { campaigns, total } = await list(ctx.db, filter, { offset, limit })
  return { campaigns: await counted(ctx, campaigns), total }
}

/** One of them. */
export async function readCampaign(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<CountedCampaign> {
  const [campaign] = await counted(ctx, [await requireCampaign(ctx.db, actor, id, null)])
  return campaign as CountedCampaign
}

async function counted(ctx: Context, campaigns: Campaign[]): Promise<CountedCampaign[]> {
  const posts = await postsPerCampaign(
    ctx.db,
    campaigns.map(({ id }) => id),
  )
  return campaigns.map((campaign) => ({ ...campaign, posts: posts.get(campaign.id) ?? 0 }))
}

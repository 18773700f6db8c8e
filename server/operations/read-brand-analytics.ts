import type { Actor } from '../domain/actor.ts'
import { engagementRate } from '../domain/analytics.ts'
import { followersOver, measuredAccountIds, sumPublished } from '../storage/analytics.ts'
import { periodOf, requireMeasured } from './analytics-subject.ts'
import type { Context } from './context.ts'

export interface Overview {
  followers: number
  followerGrowth: number
  impressions: number
  engagement: number
  engagementRate: number
  posts: number
}

/** How a brand did in a period (B31): what was published in it, and its connected accounts' followers at its end. */
export async function readBrandAnalytics(
  ctx: Context,
  actor: Actor,
  input: { brandId: string; from?: string; to?: string },
): Promise<Overview> {
  const { workspaceId, timezone } = await requireMeasured(ctx.db, actor, 'brand', input.brandId)
  const period = periodOf(input, timezone, ctx.clock.now())
  const accountIds = await measuredAccountIds(ctx.db, input.brandId)
  const sums = await sumPublished(ctx.db, workspaceId, { brandId: input.brandId }, period)
  return {
    ...(await followerFigures(ctx, accountIds, period)),
    ...sums,
    engagementRate: engagementRate(sums.engagement, sums.impressions),
  }
}

export async function followerFigures(
  ctx: Context,
  accountIds: string[],
  period: Parameters<typeof followersOver>[2],
) {
  const { atStart, atEnd } = await followersOver(ctx.db, accountIds, period)
  return { followers: atEnd ?? 0, followerGrowth: (atEnd ?? 0) - (atStart ?? 0) }
}

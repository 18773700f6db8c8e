import type { Actor } from '../domain/actor.ts'
import { engagementRate } from '../domain/analytics.ts'
import { followersByDay, networkOfAccount, sumPublished, sumPublishedByDay } from '../storage/analytics.ts'
import { periodOf, requireMeasured } from './analytics-subject.ts'
import type { Context } from './context.ts'
import { followerFigures, type Overview } from './read-brand-analytics.ts'

export interface AccountAnalytics extends Overview {
  accountId: string
  network: string
  /** One entry for each day that has a number; `followers` is null on days without a measurement. */
  timeline: { date: string; followers: number | null; impressions: number; engagement: number }[]
}

/** How one account did in a period (B32), in sum and by day. */
export async function readAccountAnalytics(
  ctx: Context,
  actor: Actor,
  input: { accountId: string; from?: string; to?: string },
): Promise<AccountAnalytics> {
  const { accountId } = input
  const { workspaceId, timezone } = await requireMeasured(ctx.db, actor, 'account', accountId)
  const period = periodOf(input, timezone, ctx.clock.now())
  const sums = await sumPublished(ctx.db, workspaceId, { accountId }, period)
  const byDay = new Map<string, AccountAnalytics['timeline'][number]>()
  const day = (date: string) => {
    const entry = byDay.get(date) ?? { date, followers: null, impressions: 0, engagement: 0 }
    byDay.set(date, entry)
    return entry
  }
  for (const { date, followers } of await followersByDay(ctx.db, accountId, period))
    day(date).followers = followers
  for (const { date, impressions, engagement } of await sumPublishedByDay(
    ctx.db,
    workspaceId,
    { accountId },
    period,
  ))
    Object.assign(day(date), { impressions, engagement })
  return {
    accountId,
    network: await networkOfAccount(ctx.db, accountId),
    ...(await followerFigures(ctx, [accountId], period)),
    ...sums,
    engagementRate: engagementRate(sums.engagement, sums.impressions),
    timeline: [...byDay.values()].sort((a, b) => a.date.localeCompare(b.date)),
  }
}

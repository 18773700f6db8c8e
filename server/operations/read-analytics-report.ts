import type { Actor } from '../domain/actor.ts'
import { engagementRate } from '../domain/analytics.ts'
import { invalidAt } from '../domain/refusal.ts'
import {
  audienceOver,
  type Granularity,
  type ReportScope,
  type ReportSums,
  sumByNetwork,
  sumByTime,
  type TopPost,
  topPublished,
} from '../storage/analytics-report.ts'
import { findWorkspace } from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

export interface AnalyticsReport {
  from: Date
  to: Date
  summary: ReportSums & { engagementRate: number; bestNetwork: string | null }
  byNetwork: (ReportSums & { network: string; engagementRate: number })[]
  timeline: { at: string; impressions: number; engagement: number; posts: number }[]
  topPosts: TopPost[]
  audience: { followers: number; growth: number; growthPercent: number }
}

const dayMs = 24 * 60 * 60 * 1000
export const reportDaysDefault = 30
/** A year and a day: a longer period is asked in parts. */
const reportDaysMax = 367
const topPostsCount = 5

/**
 * How a workspace did in a period (C27); null asks for the whole instance (C40, for its administrators).
 * The best network is the one with the highest engagement rate; growth is in percent of the followers at the start.
 */
export async function readAnalyticsReport(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string | null; network?: string; from?: Date; to?: Date; granularity?: Granularity },
): Promise<AnalyticsReport> {
  const { workspaceId, granularity = 'day' } = input
  if (workspaceId) await requireAccess(ctx.db, actor, workspaceId, 'analytics.view')
  else await requireInstance(ctx.db, actor, 'analytics.view')
  const to = input.to ?? ctx.clock.now()
  const from = input.from ?? new Date(to.getTime() - reportDaysDefault * dayMs)
  if (from >= to) throw invalidAt('from', 'The period ends before it starts.', 'period')
  if (to.getTime() - from.getTime() > reportDaysMax * dayMs)
    throw invalidAt('from', `A report spans ${reportDaysMax} days at most.`, 'period')
  const timezone = (workspaceId && (await findWorkspace(ctx.db, workspaceId))?.timezone) || 'UTC'
  const scope: ReportScope = { workspaceId, network: input.network, from, to, timezone }

  const byNetwork = (await sumByNetwork(ctx.db, scope)).map((sums) => ({
    ...sums,
    engagementRate: engagementRate(sums.engagement, sums.impressions),
  }))
  const total = (name: keyof ReportSums) => byNetwork.reduce((sum, row) => sum + row[name], 0)
  const best = byNetwork.toSorted((a, b) => b.engagementRate - a.engagementRate)[0]
  const { atStart, atEnd } = await audienceOver(ctx.db, scope)
  const growth = (atEnd ?? 0) - (atStart ?? 0)
  return {
    from,
    to,
    summary: {
      posts: total('posts'),
      impressions: total('impressions'),
      reach: total('reach'),
      engagement: total('engagement'),
      clicks: total('clicks'),
      engagementRate: engagementRate(total('engagement'), total('impressions')),
      bestNetwork: best?.network ?? null,
    },
    byNetwork,
    timeline: await sumByTime(ctx.db, scope, granularity),
    topPosts: await topPublished(ctx.db, scope, topPostsCount),
    audience: {
      followers: atEnd ?? 0,
      growth,
      growthPercent: atStart ? Math.round((1000 * growth) / atStart) / 10 : 0,
    },
  }
}

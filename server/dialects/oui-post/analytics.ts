import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { type AnalyticsReport, readAnalyticsReport } from '../../operations/read-analytics-report.ts'
import { workspaceOf } from './authenticate.ts'
import { errors, Instant, instant, Nullable, Success, success } from './envelope.ts'
import { outId } from './ids.ts'
import { Bound, periodIn } from './times.ts'

const tags = ['Analytics']
const Count = Type.Integer()
const Report = Type.Object({
  period: Type.Object({ from: Instant, to: Instant }),
  summary: Type.Object({
    total_posts: Count,
    total_impressions: Count,
    total_reach: Count,
    total_engagement: Count,
    total_clicks: Count,
    avg_engagement_rate: Type.Number(),
    best_performing_platform: Nullable(Type.String()),
  }),
  by_platform: Type.Record(
    Type.String(),
    Type.Object({
      posts: Count,
      impressions: Count,
      reach: Count,
      engagement: Count,
      clicks: Count,
      engagement_rate: Type.Number(),
    }),
  ),
  timeline: Type.Array(
    Type.Object({ date: Type.String(), impressions: Count, engagement: Count, posts: Count }),
  ),
  top_posts: Type.Array(
    Type.Object({
      id: Type.String(),
      content: Type.String(),
      platform: Type.String(),
      impressions: Count,
      engagement: Count,
      published_at: Instant,
    }),
  ),
  audience: Type.Object({
    total_followers: Count,
    follower_growth: Count,
    growth_rate: Type.Number(),
    demographics: Type.Object(
      {
        age_groups: Type.Record(Type.String(), Type.Number()),
        top_locations: Type.Array(Type.Object({ country: Type.String(), percentage: Type.Number() })),
      },
      { description: 'Empty: no network tells this server who its readers are' },
    ),
  }),
})

export const analyticsRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/analytics',
      {
        config: { scope: 'analytics.read' },
        schema: {
          summary: 'How the workspace did; the last 30 days when no period is given',
          tags,
          querystring: Type.Object({
            from: Type.Optional(Bound),
            to: Type.Optional(Bound),
            platform: Type.Optional(Type.String({ maxLength: 50 })),
            granularity: Type.Optional(
              Type.Union([
                Type.Literal('hour'),
                Type.Literal('day'),
                Type.Literal('week'),
                Type.Literal('month'),
              ]),
            ),
          }),
          response: { 200: Success(Report), ...errors(400, 422) },
        },
      },
      async (request) => {
        const { from, to, platform, granularity } = request.query
        const workspaceId = workspaceOf(request)
        const report = await readAnalyticsReport(ctx, request.actor, {
          workspaceId,
          network: platform,
          ...(await periodIn(ctx, request.actor, workspaceId, { from, to })),
          granularity,
        })
        return success(presentReport(report))
      },
    )
  }

const days = { '7d': 7, '30d': 30, '90d': 90, '1y': 365 } as const
type PeriodName = keyof typeof days

export const adminAnalyticsRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/analytics',
      {
        schema: {
          summary: 'The same report over all workspaces',
          tags,
          querystring: Type.Object({
            period: Type.Optional(Type.Unsafe<PeriodName>({ type: 'string', enum: Object.keys(days) })),
          }),
          response: { 200: Success(Report), ...errors(422) },
        },
      },
      async (request) => {
        const to = ctx.clock.now()
        const from = new Date(to.getTime() - days[request.query.period ?? '30d'] * 86_400_000)
        return success(
          presentReport(await readAnalyticsReport(ctx, request.actor, { workspaceId: null, from, to })),
        )
      },
    )
  }

function presentReport({
  from,
  to,
  summary,
  byNetwork,
  timeline,
  topPosts,
  audience,
}: AnalyticsReport): Static<typeof Report> {
  return {
    // The end is the last instant that counts.
    period: { from: instant(from), to: instant(new Date(to.getTime() - 1)) },
    summary: {
      total_posts: summary.posts,
      total_impressions: summary.impressions,
      total_reach: summary.reach,
      total_engagement: summary.engagement,
      total_clicks: summary.clicks,
      avg_engagement_rate: summary.engagementRate,
      best_performing_platform: summary.bestNetwork,
    },
    by_platform: Object.fromEntries(
      byNetwork.map(({ network, engagementRate, ...sums }) => [
        network,
        { ...sums, engagement_rate: engagementRate },
      ]),
    ),
    timeline: timeline.map(({ at, ...sums }) => ({ date: at, ...sums })),
    top_posts: topPosts.map((post) => ({
      id: outId('post', post.postId),
      content: post.text,
      platform: post.network,
      impressions: post.impressions,
      engagement: post.engagement,
      published_at: instant(post.publishedAt),
    })),
    audience: {
      total_followers: audience.followers,
      follower_growth: audience.growth,
      growth_rate: audience.growthPercent,
      demographics: { age_groups: {}, top_locations: [] },
    },
  }
}

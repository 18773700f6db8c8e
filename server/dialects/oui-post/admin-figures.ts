import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { processFacts } from '../../http/process-facts.ts'
import type { RateStore } from '../../http/rate-store.ts'
import type { Context } from '../../operations/context.ts'
import { readDashboard } from '../../operations/read-dashboard.ts'
import { readHealth } from '../../operations/read-health.ts'
import { readInstanceStats } from '../../operations/read-instance-stats.ts'
import { readNetworkHealth } from '../../operations/read-network-health.ts'
import { errors, Instant, instant, maybeInstant, Nullable, Success, success } from './envelope.ts'

const tags = ['Statistics and health']
const Count = Type.Integer()
const megabytes = (bytes: number) => Math.round(bytes / 1_000_000)
const Status = Type.String()

/** The networks that the dashboard names; the rest are `other`. */
const named = ['facebook', 'instagram', 'twitter', 'linkedin'] as const
type Distribution = Record<(typeof named)[number] | 'other', number>

/** Every inner status is one of the four shown, so that they add up (answers part 2). */
const shownStatus: Record<string, 'draft' | 'scheduled' | 'published' | 'failed'> = {
  draft: 'draft',
  cancelled: 'draft',
  scheduled: 'scheduled',
  publishing: 'scheduled',
  published: 'published',
  partially_failed: 'published',
  failed: 'failed',
  uncertain: 'failed',
}

export const adminFigureRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/dashboard',
      {
        schema: {
          summary: 'The instance at a glance',
          tags,
          response: {
            200: Success(
              Type.Object({
                overview: Type.Object({
                  total_workspaces: Count,
                  total_posts: Count,
                  total_accounts: Count,
                  total_users: Count,
                }),
                activity: Type.Object({
                  posts_today: Count,
                  posts_this_week: Count,
                  scheduled_posts: Count,
                  failed_posts: Count,
                }),
                api_usage: Type.Object({
                  requests_today: Count,
                  requests_this_month: Count,
                  active_keys: Count,
                }),
                platform_distribution: Type.Object({
                  facebook: Count,
                  instagram: Count,
                  twitter: Count,
                  linkedin: Count,
                  other: Count,
                }),
              }),
            ),
            ...errors(),
          },
        },
      },
      async (request) => {
        const { overview, activity, apiUsage, postsByNetwork } = await readDashboard(ctx, request.actor)
        const distribution: Distribution = { facebook: 0, instagram: 0, twitter: 0, linkedin: 0, other: 0 }
        for (const { network, posts } of postsByNetwork)
          distribution[named.find((name) => name === network) ?? 'other'] += posts
        return success({
          overview: {
            total_workspaces: overview.totalWorkspaces,
            total_posts: overview.totalPosts,
            total_accounts: overview.totalAccounts,
            total_users: overview.totalUsers,
          },
          activity: {
            posts_today: activity.postsToday,
            posts_this_week: activity.postsThisWeek,
            scheduled_posts: activity.scheduledPosts,
            failed_posts: activity.failedPosts,
          },
          api_usage: {
            requests_today: apiUsage.requestsToday,
            requests_this_month: apiUsage.requestsThisMonth,
            active_keys: apiUsage.activeKeys,
          },
          platform_distribution: distribution,
        })
      },
    )

    app.get(
      '/stats',
      {
        schema: {
          summary: 'Posts, accounts and use',
          tags,
          response: {
            200: Success(
              Type.Object({
                posts: Type.Object({
                  total: Count,
                  by_status: Type.Object({ draft: Count, scheduled: Count, published: Count, failed: Count }),
                  by_platform: Type.Record(Type.String(), Count),
                }),
                accounts: Type.Object({
                  total: Count,
                  by_status: Type.Object({ active: Count, expired: Count, error: Count }),
                }),
                usage: Type.Object({
                  storage_used_mb: Count,
                  storage_limit_mb: Nullable(Count),
                  api_calls_this_month: Count,
                }),
              }),
            ),
            ...errors(),
          },
        },
      },
      async (request) => {
        const stats = await readInstanceStats(ctx, request.actor)
        const byStatus = { draft: 0, scheduled: 0, published: 0, failed: 0 }
        for (const { status, posts } of stats.postsByStatus) byStatus[shownStatus[status] ?? 'draft'] += posts
        const accounts = { active: 0, expired: 0, error: 0 }
        for (const row of stats.accountsByState) accounts[row.state as keyof typeof accounts] += row.accounts
        const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
        return success({
          posts: {
            total: sum(byStatus),
            by_status: byStatus,
            by_platform: Object.fromEntries(
              stats.postsByNetwork.flatMap(({ network, posts }) => (network ? [[network, posts]] : [])),
            ),
          },
          accounts: { total: sum(accounts), by_status: accounts },
          usage: {
            storage_used_mb: megabytes(stats.storedBytes),
            storage_limit_mb: stats.storageBytesMax === null ? null : megabytes(stats.storageBytesMax),
            api_calls_this_month: stats.apiCallsThisMonth,
          },
        })
      },
    )

    const Latency = Type.Object({ status: Status, latency_ms: Nullable(Type.Number()) })
    const HealthData = Success(
      Type.Object({
        status: Status,
        timestamp: Instant,
        components: Type.Object({
          database: Latency,
          cache: Latency,
          storage: Type.Object({ status: Status, used_percent: Nullable(Type.Number()) }),
          queue: Type.Object({ status: Status, pending_jobs: Count, problem: Type.Optional(Type.String()) }),
        }),
      }),
    )
    app.get(
      '/health',
      {
        schema: {
          summary: 'Whether the instance does its work; 503 when it does not',
          tags,
          response: { 200: HealthData, ...errors(), 503: HealthData },
        },
      },
      async (request, reply) => {
        const health = await readHealth(ctx, request.actor)
        const word = (isHealthy: boolean) => (isHealthy ? 'healthy' : 'unhealthy')
        const { queue } = health
        reply.code(health.healthy ? 200 : 503)
        return success({
          status: word(health.healthy),
          timestamp: instant(health.at),
          components: {
            database: { status: 'healthy', latency_ms: health.database.latencyMs },
            cache: await cacheHealth(request.server.rates.store),
            storage: { status: word(health.storage.healthy), used_percent: health.storage.usedPercent },
            queue: {
              status: word(queue.healthy),
              pending_jobs: queue.pendingJobs,
              ...(queue.problem && { problem: queue.problem }),
            },
          },
        })
      },
    )

    app.get(
      '/platform-health',
      {
        schema: {
          summary: 'How each network did in the last 24 hours, from our own attempts',
          tags,
          response: {
            200: Success(
              Type.Object({
                platforms: Type.Record(
                  Type.String(),
                  Type.Object({
                    status: Status,
                    api_status: Status,
                    last_successful_post: Nullable(Instant),
                    error_rate_24h: Nullable(Type.Number()),
                    avg_response_time_ms: Nullable(Type.Integer()),
                    issues: Type.Optional(Type.Array(Type.String())),
                  }),
                ),
                overall_status: Status,
                last_updated: Instant,
              }),
            ),
            ...errors(),
          },
        },
      },
      async (request) => {
        const { networks, overall, at } = await readNetworkHealth(ctx, request.actor)
        return success({
          platforms: Object.fromEntries(
            networks.map((facts) => [
              facts.network,
              {
                status: facts.status,
                api_status: facts.apiStatus,
                last_successful_post: maybeInstant(facts.lastPublishedAt),
                error_rate_24h: facts.errorRate,
                avg_response_time_ms: facts.averageMs,
                ...(facts.issues.length > 0 && { issues: facts.issues }),
              },
            ]),
          ),
          overall_status: overall,
          last_updated: instant(at),
        })
      },
    )

    app.get(
      '/system',
      {
        schema: {
          summary: 'Version, runtime, memory',
          tags,
          response: {
            200: Success(
              Type.Object({
                version: Type.String(),
                environment: Type.String(),
                php_version: Type.Null({ description: 'This server is not written in PHP; see runtime' }),
                runtime: Type.String(),
                database_version: Type.String(),
                uptime_seconds: Type.Integer({ description: 'Of the process that answers' }),
                memory: Type.Object({
                  used_mb: Type.Integer({ description: 'Resident memory of the process that answers' }),
                  limit_mb: Nullable(
                    Type.Integer({ description: 'What the system grants it; null without a limit' }),
                  ),
                }),
                features: Type.Object({
                  multi_platform: Type.Boolean(),
                  scheduling: Type.Boolean(),
                  analytics: Type.Boolean(),
                  webhooks: Type.Boolean(),
                  media_upload: Type.Boolean(),
                }),
              }),
            ),
            ...errors(),
          },
        },
      },
      async (request) => {
        const { database } = await readHealth(ctx, request.actor)
        const { version, runtime, uptimeSeconds, usedBytes, limitBytes } = processFacts()
        return success({
          version,
          environment: 'production',
          php_version: null,
          runtime,
          database_version: database.version,
          uptime_seconds: uptimeSeconds,
          memory: {
            used_mb: megabytes(usedBytes),
            limit_mb: limitBytes === null ? null : megabytes(limitBytes),
          },
          // What every server of this version does; how many networks, its list of networks says.
          features: {
            multi_platform: ctx.networks.size > 1,
            scheduling: true,
            analytics: true,
            webhooks: true,
            media_upload: true,
          },
        })
      },
    )
  }

/** The cache is where processes count requests together (`VALKEY_URL`); measured by asking it now. */
async function cacheHealth({ ping }: RateStore): Promise<{ status: string; latency_ms: number | null }> {
  if (!ping) return { status: 'not_configured', latency_ms: null }
  const before = performance.now()
  try {
    await ping()
    return { status: 'healthy', latency_ms: Math.round((performance.now() - before) * 100) / 100 }
  } catch {
    return { status: 'unhealthy', latency_ms: null }
  }
}

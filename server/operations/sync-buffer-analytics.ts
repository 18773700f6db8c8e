import type { BufferAccess } from '../buffer/ask-buffer.ts'
import { type BufferPost, listBufferPosts } from '../buffer/posts.ts'
import type { Actor } from '../domain/actor.ts'
import { engagementRate } from '../domain/analytics.ts'
import { Refusal } from '../domain/refusal.ts'
import { type AnalyticsRecord, findRecords, insertRecord } from '../storage/analytics-records.ts'
import { activeBufferConfigs } from '../storage/buffer-configs.ts'
import { type SentBufferPost, sentBufferPosts } from '../storage/buffer-posts.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import { bufferRefusal, byOrganization, openBuffer, requireBuffer } from './buffer-access.ts'
import type { Context } from './context.ts'

export const collectBufferMetricsTask = 'collect_buffer_metrics'

const dayMs = 86_400_000
/** Two times the pages that one list reads; older posts hardly change any more. */
const postsMax = 1_000
/** Buffer lists by due time; a post may have gone out a little later. */
const marginMs = 60 * 60_000
/** How far back the daily chore goes: the longest window of AR15. */
const choreDays = 30
const configsPage = 100

/**
 * Brings the numbers of the posts that Buffer published (A23): one record for each post that Buffer has counted,
 * reading many posts with one request.
 * @param input.days counted back from now; absent: all posts.
 */
export async function syncBufferAnalytics(
  ctx: Context,
  actor: Actor,
  { workspaceId, days }: { workspaceId: string; days?: number },
): Promise<AnalyticsRecord[]> {
  await requireAccess(ctx.db, actor, workspaceId, 'analytics.view')
  return bringNumbers(ctx, await requireBuffer(ctx, workspaceId), workspaceId, days ?? null)
}

/** The same once a day for every workspace; Buffer counts once a day. */
export async function collectBufferMetrics(
  ctx: Context,
  onTrouble: (what: string, error: unknown) => void,
): Promise<void> {
  for (let afterId: string | null = null; ; ) {
    const configs = await activeBufferConfigs(ctx.db, ctx.clock.now(), afterId, configsPage)
    for (const config of configs)
      try {
        await bringNumbers(ctx, await openBuffer(ctx, config), config.workspaceId, choreDays)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        onTrouble(`Collecting the Buffer numbers of workspace ${config.workspaceId} failed`, error)
      }
    afterId = configs.at(-1)?.id ?? null
    if (configs.length < configsPage) return
  }
}

async function bringNumbers(
  ctx: Context,
  access: BufferAccess,
  workspaceId: string,
  days: number | null,
): Promise<AnalyticsRecord[]> {
  const since = days === null ? null : new Date(ctx.clock.now().getTime() - days * dayMs)
  const sent = await sentBufferPosts(ctx.db, workspaceId, since, postsMax)
  const ids: string[] = []
  for (const [organizationId, posts] of await byOrganization(access, sent))
    ids.push(...(await bringNumbersOf(ctx, access, workspaceId, organizationId, posts)))
  return findRecords(ctx.db, ids)
}

async function bringNumbersOf(
  ctx: Context,
  access: BufferAccess,
  workspaceId: string,
  organizationId: string,
  posts: SentBufferPost[],
): Promise<string[]> {
  const times = posts.map(({ publishedAt }) => publishedAt.getTime())
  const answer = await listBufferPosts(
    access,
    organizationId,
    {
      channelIds: [...new Set(posts.map(({ channelId }) => channelId))],
      status: ['sent'],
      dueAt: {
        start: new Date(Math.min(...times) - marginMs),
        end: new Date(Math.max(...times) + marginMs),
      },
    },
    { withMetrics: true },
  )
  if (answer.outcome !== 'done') throw bufferRefusal(answer)
  const counted = new Map(answer.value.posts.map((post) => [post.id, post]))
  const now = ctx.clock.now()
  return transaction(ctx.db, async (tx) => {
    const ids: string[] = []
    for (const { postId, deliveryId, network, bufferPostId } of posts) {
      const metrics = counted.get(bufferPostId)?.metrics
      if (!metrics) continue
      const id = ctx.newId()
      await insertRecord(
        tx,
        { id, workspaceId, postId, deliveryId, platform: network, collectedAt: now, ...figuresOf(metrics) },
        now,
      )
      ids.push(id)
    }
    return ids
  })
}

/**
 * Buffer's names in ours (its schema, November 2026): reactions are likes whatever the network calls them, and what
 * a network does not report is absent.
 */
function figuresOf(metrics: NonNullable<BufferPost['metrics']>) {
  const count = (...names: string[]) => {
    const values = names.flatMap((name) => metrics[name] ?? [])
    return values.length === 0 ? null : Math.round(values.reduce((sum, value) => sum + value, 0))
  }
  const figures = {
    views: count('views'),
    impressions: count('impressions'),
    reach: count('reach'),
    likes: count('reactions') ?? count('likes'),
    comments: count('comments'),
    shares: count('shares', 'reposts'),
    saves: count('saves'),
    clicks: count('clicks'),
  }
  const engagement = (figures.likes ?? 0) + (figures.shares ?? 0) + (figures.comments ?? 0)
  return {
    ...figures,
    engagementRate: engagementRate(engagement, figures.views ?? figures.impressions ?? 0),
    raw: metrics,
  }
}

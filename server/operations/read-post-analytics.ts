import type { Actor } from '../domain/actor.ts'
import { engagementOf, engagementRate, type Figures } from '../domain/analytics.ts'
import { figuresOfPosts } from '../storage/analytics.ts'
import { requireMeasured } from './analytics-subject.ts'
import type { Context } from './context.ts'

export interface PostAnalytics extends Record<keyof Figures, number> {
  postId: string
  engagement: number
  engagementRate: number
  /** A number that the network does not offer is null here, and left out of the sums above. */
  byAccount: (Figures & {
    accountId: string
    network: string
    url: string | null
    engagement: number
    engagementRate: number
    collectedAt: Date | null
  })[]
}

const names = ['impressions', 'reach', 'likes', 'comments', 'shares', 'clicks'] as const

/** How one post did (B33): the sums over its published deliveries, and each of them. */
export async function readPostAnalytics(
  ctx: Context,
  actor: Actor,
  { postId }: { postId: string },
): Promise<PostAnalytics> {
  await requireMeasured(ctx.db, actor, 'post', postId)
  const published = await figuresOfPosts(ctx.db, [postId])
  const sums = Object.fromEntries(
    names.map((name) => [name, published.reduce((sum, row) => sum + (row[name] ?? 0), 0)]),
  ) as Record<keyof Figures, number>
  return {
    postId,
    ...sums,
    engagement: engagementOf(sums),
    engagementRate: engagementRate(engagementOf(sums), sums.impressions),
    byAccount: published.map((row) => ({
      accountId: row.accountId,
      network: row.network,
      url: row.url,
      impressions: row.impressions,
      reach: row.reach,
      likes: row.likes,
      comments: row.comments,
      shares: row.shares,
      clicks: row.clicks,
      engagement: engagementOf(row),
      engagementRate: engagementRate(engagementOf(row), row.impressions ?? 0),
      collectedAt: row.collectedAt,
    })),
  }
}

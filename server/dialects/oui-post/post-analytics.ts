import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { type PostAnalytics, readPostAnalytics } from '../../operations/read-post-analytics.ts'
import { readPostTimeline } from '../../operations/read-post-timeline.ts'
import { errors, Instant, instant, Success, success } from './envelope.ts'
import { idParams, outId } from './ids.ts'
import { postOf } from './own-post.ts'

const Count = Type.Integer()

/** Likes, shares and comments in each network's own words, as the document prints them. */
const words: Record<string, { likes: string; shares: string; comments: string }> = {
  facebook: { likes: 'reactions', shares: 'shares', comments: 'comments' },
  twitter: { likes: 'likes', shares: 'retweets', comments: 'replies' },
}
const plainWords = { likes: 'likes', shares: 'shares', comments: 'comments' }

const Platform = Type.Object(
  { impressions: Count, reach: Count, engagement: Count, clicks: Count },
  {
    additionalProperties: Type.Integer(),
    description: 'And likes, shares and comments in the words of the network',
  },
)

export const postAnalyticsRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/posts/:id/analytics',
      {
        config: { scope: 'analytics.read' },
        schema: {
          summary: 'How a post did: in sum, by platform, and over time',
          tags: ['Posts'],
          params: idParams,
          response: {
            200: Success(
              Type.Object({
                post_id: Type.String(),
                analytics: Type.Object({
                  summary: Type.Object({
                    total_impressions: Count,
                    total_reach: Count,
                    total_engagement: Count,
                    total_clicks: Count,
                    engagement_rate: Type.Number(),
                  }),
                  by_platform: Type.Record(Type.String(), Platform),
                  timeline: Type.Array(
                    Type.Object({ timestamp: Instant, impressions: Count, engagement: Count }),
                  ),
                }),
              }),
            ),
            ...errors(400, 404),
          },
        },
      },
      async (request) => {
        const { id: postId } = await postOf(ctx, request)
        const sums = await readPostAnalytics(ctx, request.actor, { postId })
        const timeline = await readPostTimeline(ctx, request.actor, { postId })
        return success({
          post_id: outId('post', postId),
          analytics: {
            summary: {
              total_impressions: sums.impressions,
              total_reach: sums.reach,
              total_engagement: sums.engagement,
              total_clicks: sums.clicks,
              engagement_rate: sums.engagementRate,
            },
            by_platform: byPlatform(sums),
            timeline: timeline.map(({ at, ...row }) => ({ timestamp: instant(at), ...row })),
          },
        })
      },
    )
  }

/** Several accounts of one network are added up. A number that no account has is left out, but for the documented four. */
function byPlatform({ byAccount }: PostAnalytics): Record<string, Static<typeof Platform>> {
  const platforms: Record<string, Static<typeof Platform>> = {}
  for (const row of byAccount) {
    const { likes, shares, comments } = words[row.network] ?? plainWords
    const platform = platforms[row.network] ?? { impressions: 0, reach: 0, engagement: 0, clicks: 0 }
    const own = platform as Record<string, number>
    for (const [word, count] of [
      ['impressions', row.impressions],
      ['reach', row.reach],
      ['engagement', row.engagement],
      [likes, row.likes],
      [comments, row.comments],
      [shares, row.shares],
      ['clicks', row.clicks],
    ] as const)
      if (count !== null) own[word] = (own[word] ?? 0) + count
    platforms[row.network] = platform
  }
  return platforms
}

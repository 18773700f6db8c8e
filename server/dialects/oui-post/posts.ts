import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { listWorkspacePosts } from '../../operations/list-workspace-posts.ts'
import { readPostAnalytics } from '../../operations/read-post-analytics.ts'
import { workspaceOf } from './authenticate.ts'
import {
  errors,
  Instant,
  instant,
  maybeInstant,
  Nullable,
  Pagination,
  pageQuery,
  paginationOf,
  Success,
  success,
} from './envelope.ts'
import { idParams, outId } from './ids.ts'
import { postOf, scheduledAt } from './own-post.ts'
import { DetailedMedia, ListedMedia, presentListedMedia, presentMediaOfPost } from './present-media.ts'
import {
  PlatformPost,
  partStatus,
  platformsOf,
  presentDelivery,
  Status,
  shownStatus,
  shownStatuses,
} from './present-post.ts'
import { Bound, periodIn } from './times.ts'

const tags = ['Posts']
const Count = Type.Integer()

/** Posts to read. */
export const postRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/posts',
      {
        config: { scope: 'posts.read' },
        schema: {
          summary: 'List posts',
          tags,
          querystring: Type.Object({
            ...pageQuery,
            status: Type.Optional(Status),
            platform: Type.Optional(Type.String({ maxLength: 50 })),
            from: Type.Optional(Bound),
            to: Type.Optional(Bound),
          }),
          response: {
            200: Success(
              Type.Object({
                posts: Type.Array(
                  Type.Object({
                    id: Type.String(),
                    content: Type.String(),
                    status: Status,
                    platforms: Type.Array(Type.String()),
                    media: Type.Array(ListedMedia),
                    scheduled_at: Nullable(Instant),
                    published_at: Nullable(Instant),
                    created_at: Instant,
                    analytics: Type.Object({ impressions: Count, engagement: Count, clicks: Count }),
                  }),
                ),
                pagination: Pagination,
              }),
            ),
            ...errors(400, 422),
          },
        },
      },
      async (request) => {
        const { status, platform, from, to, ...page } = request.query
        const workspaceId = workspaceOf(request)
        const period = await periodIn(ctx, request.actor, workspaceId, { from, to })
        const { posts, total } = await listWorkspacePosts(ctx, request.actor, {
          workspaceId,
          ...page,
          statuses: status && [...shownStatuses[status]],
          network: platform,
          timeFrom: period.from,
          timeTo: period.to,
        })
        const media = await presentListedMedia(
          ctx,
          request.actor,
          posts.map(({ post }) => post),
        )
        return success({
          posts: posts.map(({ post, impressions, engagement, clicks }) => ({
            id: outId('post', post.id),
            content: post.text,
            status: shownStatus(post.status),
            platforms: platformsOf(post),
            media: media(post),
            scheduled_at: scheduledAt(post),
            published_at: maybeInstant(post.publishedAt),
            created_at: instant(post.createdAt),
            analytics: { impressions, engagement, clicks },
          })),
          pagination: paginationOf(page, total),
        })
      },
    )

    const Sums = { impressions: Count, engagement: Count, clicks: Count }
    app.get(
      '/posts/:id',
      {
        config: { scope: 'posts.read' },
        schema: {
          summary: 'One post with what became of it on each platform',
          tags,
          params: idParams,
          response: {
            200: Success(
              Type.Object({
                post: Type.Object({
                  id: Type.String(),
                  content: Type.String(),
                  status: Status,
                  platforms: Type.Array(Type.String()),
                  media: Type.Array(DetailedMedia),
                  scheduled_at: Nullable(Instant),
                  published_at: Nullable(Instant),
                  created_at: Instant,
                  platform_posts: Type.Array(PlatformPost),
                  analytics: Type.Object({
                    total_impressions: Count,
                    total_engagement: Count,
                    total_clicks: Count,
                    by_platform: Type.Record(Type.String(), Type.Object(Sums)),
                  }),
                }),
              }),
            ),
            ...errors(400, 404),
          },
        },
      },
      async (request) => {
        const post = await postOf(ctx, request)
        const analytics = await readFigures(ctx, request, post.id)
        const byPlatform: Record<string, { impressions: number; engagement: number; clicks: number }> = {}
        for (const row of analytics.byAccount) {
          const sums = byPlatform[row.network] ?? { impressions: 0, engagement: 0, clicks: 0 }
          sums.impressions += row.impressions ?? 0
          sums.engagement += row.engagement
          sums.clicks += row.clicks ?? 0
          byPlatform[row.network] = sums
        }
        return success({
          post: {
            id: outId('post', post.id),
            content: post.text,
            status: shownStatus(post.status),
            platforms: platformsOf(post),
            media: await presentMediaOfPost(ctx, request.actor, post),
            scheduled_at: scheduledAt(post),
            published_at: maybeInstant(post.publishedAt),
            created_at: instant(post.createdAt),
            platform_posts: post.deliveries.map((delivery) =>
              presentDelivery(delivery, partStatus(delivery), outId('account', delivery.accountId)),
            ),
            analytics: {
              total_impressions: analytics.impressions,
              total_engagement: analytics.engagement,
              total_clicks: analytics.clicks,
              by_platform: byPlatform,
            },
          },
        })
      },
    )
  }

/** Numbers show as zero to a key that may not read them. */
async function readFigures(ctx: Context, request: FastifyRequest, postId: string) {
  const { actor } = request
  const mayRead = actor.kind === 'api_key' && actor.scopes.includes('analytics.read')
  return mayRead
    ? readPostAnalytics(ctx, actor, { postId })
    : { impressions: 0, engagement: 0, clicks: 0, byAccount: [] }
}

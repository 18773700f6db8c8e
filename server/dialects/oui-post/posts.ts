import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Post } from '../../domain/post.ts'
import { requireVerb } from '../../domain/post-verbs.ts'
import { invalidAt, notFound, Refusal } from '../../domain/refusal.ts'
import { parseInstant } from '../../domain/wall-clock.ts'
import { awaitSettled } from '../../operations/await-settled.ts'
import type { Context } from '../../operations/context.ts'
import { createPost } from '../../operations/create-post.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { deletePost } from '../../operations/delete-post.ts'
import { listWorkspacePosts } from '../../operations/list-workspace-posts.ts'
import { platformTargets } from '../../operations/platform-targets.ts'
import { publishPostNow } from '../../operations/publish-post-now.ts'
import { readPost } from '../../operations/read-post.ts'
import { readPostAnalytics } from '../../operations/read-post-analytics.ts'
import { readWorkspace } from '../../operations/read-workspace.ts'
import { schedulePost } from '../../operations/schedule-post.ts'
import { updatePost } from '../../operations/update-post.ts'
import { workspaceOf } from './authenticate.ts'
import {
  errors,
  Instant,
  instant,
  Message,
  maybeInstant,
  Nullable,
  Pagination,
  pageQuery,
  paginationOf,
  Success,
  success,
} from './envelope.ts'
import { idParams, inId, outId, pathId } from './ids.ts'
import { DetailedMedia, ListedMedia, presentListedMedia, presentMediaOfPost } from './present-media.ts'
import {
  PlatformPost,
  partStatus,
  platformsOf,
  presentDelivery,
  resultStatus,
  Status,
  shownStatus,
  shownStatuses,
} from './present-post.ts'
import { Bound, fromBound, toBound } from './times.ts'

const tags = ['Posts']
const Count = Type.Integer()
const Platforms = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 100 })
const Hashtags = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 100 })
const Content = Type.String({ maxLength: 100_000 })

const fields = {
  title: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  link: Type.Optional(Nullable(Type.String({ maxLength: 2000 }))),
  hashtags: Type.Optional(Hashtags),
  platform_content: Type.Optional(
    Type.Record(
      Type.String({ maxLength: 100 }),
      Type.Union([Content, Type.Object({ content: Content }, { additionalProperties: false })]),
      { description: 'By platform name or account id: the text there, instead of `content`' },
    ),
  ),
}

/** How long C13 waits for the networks before it says `pending` (answers 1.1). */
const publishWaitMs = 25_000

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
        const { posts, total } = await listWorkspacePosts(ctx, request.actor, {
          workspaceId: workspaceOf(request),
          ...page,
          statuses: status && [...shownStatuses[status]],
          network: platform,
          timeFrom: fromBound(from),
          timeTo: toBound(to),
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

    app.post(
      '/posts',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Write a post',
          tags,
          body: Type.Object({ content: Content, platforms: Platforms, ...fields }),
          response: {
            201: Success(
              Type.Object({
                post: Type.Object({
                  id: Type.String(),
                  content: Type.String(),
                  status: Status,
                  platforms: Type.Array(Type.String()),
                  link: Nullable(Type.String()),
                  hashtags: Type.Array(Type.String()),
                  created_at: Instant,
                }),
              }),
            ),
            ...errors(400, 422),
          },
        },
      },
      async (request, reply) => {
        const workspaceId = workspaceOf(request)
        const { content, platforms, platform_content, ...body } = request.body
        const targets = await targetsOf(ctx, request, {
          content,
          platforms,
          platform_content,
          hashtags: body.hashtags,
        })
        const post = await createPost(ctx, request.actor, {
          ...body,
          brandId: await defaultBrandId(ctx, request.actor, workspaceId),
          anyBrand: true,
          text: content,
          targets,
        })
        reply.code(201)
        return success({
          post: {
            id: outId('post', post.id),
            content: post.text,
            status: shownStatus(post.status),
            platforms: platformsOf(post),
            link: post.link,
            hashtags: post.hashtags,
            created_at: instant(post.createdAt),
          },
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

    app.put(
      '/posts/:id',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Change a draft or scheduled post',
          tags,
          params: idParams,
          body: Type.Object({
            content: Type.Optional(Content),
            platforms: Type.Optional(Platforms),
            ...fields,
          }),
          response: {
            200: Success(
              Type.Object({
                post: Type.Object({
                  id: Type.String(),
                  content: Type.String(),
                  status: Status,
                  updated_at: Instant,
                }),
              }),
            ),
            ...errors(400, 404, 409, 422),
          },
        },
      },
      async (request) => {
        const before = await postOf(ctx, request)
        requireEditable(before)
        const { content, platforms, platform_content, ...body } = request.body
        const targets =
          platforms || platform_content
            ? await targetsOf(ctx, request, {
                content: content ?? before.text,
                platforms: platforms ?? before.deliveries.map(({ accountId }) => accountId),
                platform_content,
                hashtags: body.hashtags ?? before.hashtags,
              })
            : null
        const post = await updatePost(ctx, request.actor, {
          postId: before.id,
          anyBrand: true,
          changes: {
            ...body,
            ...(content !== undefined && { text: content }),
            ...(targets && {
              targetAccountIds: targets.map(({ accountId }) => accountId),
              overrides: Object.fromEntries(
                targets.flatMap(({ accountId, text }) => (text === null ? [] : [[accountId, { text }]])),
              ),
            }),
          },
        })
        return success({
          post: {
            id: outId('post', post.id),
            content: post.text,
            status: shownStatus(post.status),
            updated_at: instant(post.updatedAt),
          },
        })
      },
    )

    app.delete(
      '/posts/:id',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Delete a post here; what is published stays on the platforms',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(400, 404, 409) },
        },
      },
      async (request) => {
        const { id: postId } = await postOf(ctx, request)
        await deletePost(ctx, request.actor, { postId })
        return success({ message: 'Post deleted successfully' })
      },
    )

    app.post(
      '/posts/:id/schedule',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Schedule a post, or move a scheduled one',
          tags,
          params: idParams,
          body: Type.Object({
            scheduled_at: Type.String({
              maxLength: 40,
              description: 'ISO 8601; without an offset it is read in `timezone`',
            }),
            timezone: Type.Optional(Type.String({ maxLength: 64 })),
          }),
          response: {
            200: Success(
              Type.Object({
                post: Type.Object({
                  id: Type.String(),
                  status: Status,
                  scheduled_at: Nullable(Instant),
                  scheduled_timezone: Type.String(),
                }),
              }),
            ),
            ...errors(400, 404, 409, 422),
          },
        },
      },
      async (request) => {
        const { id: postId, workspaceId } = await postOf(ctx, request)
        const workspace = await readWorkspace(ctx, request.actor, workspaceId)
        const timezone = request.body.timezone ?? workspace.timezone
        const dueAt = parseInstant(request.body.scheduled_at, timezone)
        if (!dueAt)
          throw invalidAt('scheduled_at', 'This is not an ISO 8601 date-time in a known time zone', 'time')
        const post = await schedulePost(ctx, request.actor, { postId, dueAt, timezone })
        return success({
          post: {
            id: outId('post', post.id),
            status: shownStatus(post.status),
            scheduled_at: scheduledAt(post),
            scheduled_timezone: timezone,
          },
        })
      },
    )

    app.post(
      '/posts/:id/publish',
      {
        config: { scope: 'posts.write' },
        schema: {
          summary: 'Publish now; waits up to 25 s for the platforms',
          description:
            'What has not ended by then is `pending` and the status `scheduled`; read the post later.',
          tags,
          params: idParams,
          response: {
            200: Success(
              Type.Object({
                post: Type.Object({
                  id: Type.String(),
                  status: Status,
                  published_at: Nullable(Instant),
                  platform_results: Type.Array(PlatformPost),
                }),
              }),
            ),
            ...errors(400, 404, 409, 422),
          },
        },
      },
      async (request) => {
        const { id: postId } = await postOf(ctx, request)
        await publishPostNow(ctx, request.actor, { postId })
        const post = await awaitSettled(ctx, request.actor, { postId, waitMs: publishWaitMs })
        return success({
          post: {
            id: outId('post', post.id),
            status: shownStatus(post.status),
            published_at: maybeInstant(post.publishedAt),
            platform_results: post.deliveries.map((delivery) =>
              presentDelivery(delivery, resultStatus(delivery), outId('account', delivery.accountId)),
            ),
          },
        })
      },
    )
  }

const scheduledAt = (post: Post) =>
  post.deliveries.some(({ dueAt }) => dueAt) ? maybeInstant(post.dueAt) : null

/** The post of a path, which must be in the workspace of the header. */
export async function postOf(
  ctx: Context,
  request: FastifyRequest<{ Params: Static<typeof idParams> }>,
): Promise<Post> {
  const workspaceId = workspaceOf(request)
  const post = await readPost(ctx, request.actor, { postId: pathId('post', request.params.id) })
  if (post.workspaceId !== workspaceId) throw notFound('Post', request.params.id)
  return post
}

/** Only drafts and scheduled posts can be changed (CR7); this dialect has a code for that. */
function requireEditable(post: Post): void {
  try {
    requireVerb('edit', post, 'oui-post')
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal('wrong_state', error.message, { rule: 'post_not_editable' })
  }
}

/** Numbers show as zero to a key that may not read them. */
async function readFigures(ctx: Context, request: FastifyRequest, postId: string) {
  const { actor } = request
  const mayRead = actor.kind === 'api_key' && actor.scopes.includes('analytics.read')
  return mayRead
    ? readPostAnalytics(ctx, actor, { postId })
    : { impressions: 0, engagement: 0, clicks: 0, byAccount: [] }
}

/** Names and ids to accounts, each with its own text where one was given; automatic hashtags join it (C25). */
async function targetsOf(
  ctx: Context,
  request: FastifyRequest,
  given: {
    content: string
    platforms: string[]
    platform_content?: Record<string, string | { content: string }>
    hashtags?: string[]
  },
) {
  const accounts = await platformTargets(ctx, request.actor, {
    workspaceId: workspaceOf(request),
    platforms: given.platforms.map((name) => ({ name, accountId: inId('account', name) })),
  })
  const texts = new Map<string, string>()
  for (const [name, value] of Object.entries(given.platform_content ?? {})) {
    const id = inId('account', name)
    const matching = accounts.filter((account) => (id ? account.id === id : account.network === name))
    if (matching.length === 0)
      throw invalidAt(
        `platform_content.${name}`,
        `${name.slice(0, 50)} is not among the platforms of this post.`,
      )
    for (const account of matching) texts.set(account.id, typeof value === 'string' ? value : value.content)
  }
  return accounts.map(({ id, preferences }) => {
    const own = texts.get(id)
    const automatic = preferences.autoHashtags ? (preferences.defaultHashtags ?? []) : []
    const missing = automatic.filter(
      (tag) => !(own ?? given.content).includes(tag) && !given.hashtags?.includes(tag),
    )
    const text = missing.length > 0 ? `${own ?? given.content}\n\n${missing.join(' ')}` : own
    return { accountId: id, text: text ?? null }
  })
}

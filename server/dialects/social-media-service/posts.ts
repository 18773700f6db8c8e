import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Actor } from '../../domain/actor.ts'
import { type ContentType, contentTypes } from '../../domain/content-type.ts'
import type { PostStatus } from '../../domain/delivery.ts'
import type { Post as PostRow } from '../../domain/post.ts'
import { invalidAt } from '../../domain/refusal.ts'
import { cancelPost } from '../../operations/cancel-post.ts'
import type { Context } from '../../operations/context.ts'
import { createPost } from '../../operations/create-post.ts'
import { createPosts } from '../../operations/create-posts.ts'
import { defaultBrandId } from '../../operations/default-brand.ts'
import { deletePost } from '../../operations/delete-post.ts'
import { readAccount } from '../../operations/list-accounts.ts'
import { readCampaign } from '../../operations/list-campaigns.ts'
import { listPostsByTime } from '../../operations/list-posts-by-time.ts'
import { movePost } from '../../operations/move-post.ts'
import { firstWorkspace, numbersOf, ownNumber } from '../../operations/own-number.ts'
import { readPost } from '../../operations/read-post.ts'
import { schedulePost } from '../../operations/schedule-post.ts'
import { updatePost } from '../../operations/update-post.ts'
import { dayAfter, dayStart } from './days.ts'
import { pathId } from './ids.ts'
import {
  deleted,
  errors,
  GivenTime,
  Id,
  idParams,
  Message,
  maybeTime,
  Nullable,
  pageOf,
  pageQuery,
  readTime,
  Time,
  time,
} from './schemas.ts'

const tags = ['Scheduled posts']

/** This dialect's words (AR8 and the two more its model knows) for what a post is inside (answers 1.1). */
const shownStatuses: Record<string, PostStatus[]> = {
  draft: ['draft'],
  scheduled: ['scheduled', 'publishing'],
  published: ['published', 'partially_failed'],
  failed: ['failed', 'uncertain'],
  cancelled: ['cancelled'],
}
const shownStatus = (status: PostStatus): string =>
  Object.keys(shownStatuses).find((word) => shownStatuses[word]?.includes(status)) ?? 'draft'
const Status = Type.Unsafe<string>({ type: 'string', enum: Object.keys(shownStatuses) })
const PostType = Type.Unsafe<ContentType>({ type: 'string', enum: [...contentTypes] })
const Day = Type.String({ format: 'date', description: 'YYYY-MM-DD' })

const fields = {
  social_account_id: Id,
  content: Type.String({ minLength: 1, maxLength: 100_000 }),
  scheduled_time: GivenTime,
  platform: Type.Optional(Nullable(Type.String({ maxLength: 50 }))),
  campaign_id: Type.Optional(Nullable(Id)),
  media_urls: Type.Optional(
    Nullable(Type.Array(Type.String({ format: 'uri', maxLength: 2000 }), { maxItems: 35 })),
  ),
  title: Type.Optional(Nullable(Type.String({ maxLength: 500 }))),
  post_type: Type.Optional(Nullable(PostType)),
}
const NewPost = Type.Object(fields)
export const Post = Type.Object(
  {
    id: Id,
    social_account_id: Nullable(Id),
    campaign_id: Nullable(Id),
    content: Type.String(),
    scheduled_time: Nullable(Time),
    platform: Nullable(Type.String()),
    media_urls: Type.Array(Type.String()),
    status: Status,
    published_time: Nullable(Time),
    buffer_post_id: Nullable(Type.String()),
    platform_post_ids: Type.Record(Type.String(), Type.String()),
    error_message: Nullable(Type.String()),
    title: Nullable(Type.String()),
    post_type: Nullable(Type.String()),
    created_at: Time,
    updated_at: Time,
  },
  { title: 'Post' },
)
/** What one request may make; each post is checked against its network. */
const bulkMax = 100

export const postRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/posts',
      {
        schema: {
          summary: 'Create a post',
          tags,
          body: NewPost,
          response: { 201: Post, ...errors(400, 404) },
        },
      },
      async (request, reply) => {
        const brandId = await ownBrand(ctx, request.actor)
        const post = await createPost(ctx, request.actor, {
          brandId,
          ...(await inputOf(ctx, request.actor, request.body)),
        })
        reply.code(201)
        return presentPost(ctx, post)
      },
    )

    app.post(
      '/posts/bulk',
      {
        schema: {
          summary: 'Create many posts, all or none',
          tags,
          querystring: Type.Object({ schedule_immediately: Type.Boolean({ default: false }) }),
          body: Type.Object({ posts: Type.Array(NewPost, { minItems: 1, maxItems: bulkMax }) }),
          response: { 201: Type.Array(Post), ...errors(400, 404) },
        },
      },
      async (request, reply) => {
        const brandId = await ownBrand(ctx, request.actor)
        const { schedule_immediately: schedule } = request.query
        const posts: Awaited<ReturnType<typeof inputOf>>[] = []
        for (const [index, post] of request.body.posts.entries())
          posts.push(await inputOf(ctx, request.actor, post, `posts[${index}].`))
        const made = await createPosts(ctx, request.actor, {
          brandId,
          posts: posts.map((post) => ({ ...post, schedule, allowPast: !schedule })),
        })
        reply.code(201)
        return presentPosts(ctx, made)
      },
    )

    app.get(
      '/posts/calendar',
      {
        schema: {
          summary: 'The posts of a range of days, soonest first',
          tags,
          querystring: Type.Object({ start_date: Day, end_date: Day }),
          response: { 200: Type.Array(Post), ...errors(400) },
        },
      },
      async (request) => {
        const { start_date, end_date } = request.query
        if (end_date < start_date)
          throw invalidAt('start_date', 'start_date must not be after end_date', 'range')
        const posts = await listPostsByTime(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          from: dayStart(start_date),
          to: dayAfter(end_date),
          order: 'soonest',
          offset: 0,
          limit: calendarMax,
        })
        return presentPosts(ctx, posts)
      },
    )

    app.get(
      '/posts/:id',
      { schema: { summary: 'Get a post', tags, params: idParams, response: { 200: Post, ...errors(404) } } },
      async (request) =>
        presentPost(ctx, await readPost(ctx, request.actor, { postId: await pathId(ctx, 'post', request) })),
    )

    app.get(
      '/posts',
      {
        schema: {
          summary: 'List posts, latest scheduled first',
          tags,
          querystring: Type.Object({
            ...pageQuery,
            status: Type.Optional(Status),
            platform: Type.Optional(Type.String({ maxLength: 50 })),
            campaign_id: Type.Optional(Id),
            post_type: Type.Optional(PostType),
            start_date: Type.Optional(Day),
            end_date: Type.Optional(Day),
          }),
          response: { 200: Type.Array(Post), ...errors(400, 404) },
        },
      },
      async (request) => {
        const { status, platform, campaign_id, post_type, start_date, end_date } = request.query
        const posts = await listPostsByTime(ctx, request.actor, {
          workspaceId: await firstWorkspace(ctx, request.actor),
          statuses: status === undefined ? undefined : shownStatuses[status],
          network: platform,
          campaignId:
            campaign_id === undefined
              ? undefined
              : await ownNumber(ctx, request.actor, 'campaign', campaign_id),
          contentType: post_type,
          from: start_date === undefined ? undefined : dayStart(start_date),
          to: end_date === undefined ? undefined : dayAfter(end_date),
          order: 'latest',
          ...pageOf(request.query),
        })
        return presentPosts(ctx, posts)
      },
    )

    app.put(
      '/posts/:id',
      {
        schema: {
          summary: 'Change a post; what is left out stays',
          tags,
          params: idParams,
          body: Type.Partial(NewPost),
          response: { 200: Post, ...errors(400, 404, 503) },
        },
      },
      async (request) => {
        const postId = await pathId(ctx, 'post', request)
        const { body } = request
        const target =
          body.social_account_id === undefined
            ? undefined
            : await targetOf(ctx, request.actor, body.social_account_id, body.platform)
        const post = await updatePost(ctx, request.actor, {
          postId,
          anyBrand: true,
          allowPast: true,
          changes: {
            text: body.content,
            dueAt:
              body.scheduled_time === undefined ? undefined : readTime('scheduled_time', body.scheduled_time),
            campaignId: await campaignOf(ctx, request.actor, body.campaign_id),
            mediaUrls: body.media_urls === undefined ? undefined : (body.media_urls ?? []),
            title: body.title,
            contentType: body.post_type,
            targetAccountIds: target === undefined ? undefined : [target],
          },
        })
        return presentPost(ctx, post)
      },
    )

    app.delete(
      '/posts/:id',
      {
        schema: {
          summary: 'Delete a post',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(400, 404, 503) },
        },
      },
      async (request) => {
        await deletePost(ctx, request.actor, { postId: await pathId(ctx, 'post', request) })
        return deleted('Post')
      },
    )

    app.post(
      '/posts/:id/schedule',
      {
        schema: {
          summary: 'Let a post go out at its time',
          tags,
          params: idParams,
          response: { 200: Post, ...errors(400, 404, 503) },
        },
      },
      async (request) => {
        const postId = await pathId(ctx, 'post', request)
        const { dueAt } = await readPost(ctx, request.actor, { postId })
        if (!dueAt)
          throw invalidAt('scheduled_time', 'This post has no scheduled_time. Set one first.', 'time')
        return presentPost(ctx, await schedulePost(ctx, request.actor, { postId, dueAt }))
      },
    )

    app.post(
      '/posts/:id/cancel',
      {
        schema: {
          summary: 'Take a scheduled post back',
          tags,
          params: idParams,
          response: { 200: Post, ...errors(400, 404, 503) },
        },
      },
      async (request) =>
        presentPost(
          ctx,
          await cancelPost(ctx, request.actor, { postId: await pathId(ctx, 'post', request) }),
        ),
    )

    app.post(
      '/posts/:id/reschedule',
      {
        schema: {
          summary: 'Move a post to another time',
          tags,
          params: idParams,
          body: Type.Object({ scheduled_time: GivenTime }),
          response: { 200: Post, ...errors(400, 404, 503) },
        },
      },
      async (request) => {
        const postId = await pathId(ctx, 'post', request)
        const dueAt = readTime('scheduled_time', request.body.scheduled_time)
        return presentPost(ctx, await movePost(ctx, request.actor, { postId, dueAt }))
      },
    )
  }

/** A month of a post every four minutes; what lies beyond is asked in shorter ranges. */
const calendarMax = 10_000

export async function listPostsOfCampaign(
  ctx: Context,
  actor: Actor,
  campaignId: string,
  page: { offset: number; limit: number },
): Promise<Static<typeof Post>[]> {
  const { workspaceId } = await readCampaign(ctx, actor, { id: campaignId })
  return presentPosts(
    ctx,
    await listPostsByTime(ctx, actor, { workspaceId, campaignId, order: 'latest', ...page }),
  )
}

const ownBrand = async (ctx: Context, actor: Actor) =>
  defaultBrandId(ctx, actor, await firstWorkspace(ctx, actor))

async function inputOf(ctx: Context, actor: Actor, body: Static<typeof NewPost>, prefix = '') {
  return {
    anyBrand: true,
    allowPast: true,
    text: body.content,
    dueAt: readTime(`${prefix}scheduled_time`, body.scheduled_time),
    timezone: 'UTC',
    campaignId: await campaignOf(ctx, actor, body.campaign_id),
    mediaUrls: body.media_urls ?? [],
    title: body.title ?? null,
    contentType: body.post_type ?? null,
    targets: [{ accountId: await targetOf(ctx, actor, body.social_account_id, body.platform, prefix) }],
  }
}

/** The account, which must be of the platform that was named, if one was. */
async function targetOf(
  ctx: Context,
  actor: Actor,
  number: number,
  platform?: string | null,
  prefix = '',
): Promise<string> {
  const accountId = await ownNumber(ctx, actor, 'account', number)
  const { account } = await readAccount(ctx, actor, { accountId })
  if (platform && platform !== account.network)
    throw invalidAt(
      `${prefix}platform`,
      `Social account ${number} is on ${account.network}, not on ${platform}`,
      'platform_mismatch',
    )
  return accountId
}

async function campaignOf(ctx: Context, actor: Actor, number: number | null | undefined) {
  return typeof number === 'number' ? ownNumber(ctx, actor, 'campaign', number) : number
}

const presentPost = async (ctx: Context, post: PostRow) =>
  (await presentPosts(ctx, [post]))[0] as Static<typeof Post>

/** A post with several targets is shown once, with its first target's account (answers 1.8). */
async function presentPosts(ctx: Context, posts: PostRow[]): Promise<Static<typeof Post>[]> {
  const firstOf = (post: PostRow) => post.deliveries[0]
  const accounts = await numbersOf(
    ctx,
    'account',
    posts.flatMap((post) => firstOf(post)?.accountId ?? []),
  )
  const campaigns = await numbersOf(
    ctx,
    'campaign',
    posts.flatMap(({ campaignId }) => campaignId ?? []),
  )
  return posts.map((post) => ({
    id: post.number,
    social_account_id: accounts.get(firstOf(post)?.accountId ?? '') ?? null,
    campaign_id: campaigns.get(post.campaignId ?? '') ?? null,
    content: post.text,
    scheduled_time: maybeTime(post.dueAt),
    platform: firstOf(post)?.network ?? null,
    media_urls: post.mediaUrls,
    status: shownStatus(post.status),
    published_time: maybeTime(post.publishedAt),
    buffer_post_id: post.bufferPostId,
    platform_post_ids: Object.fromEntries(
      post.deliveries.flatMap(({ network, externalId }) => (externalId ? [[network, externalId]] : [])),
    ),
    error_message: errorOf(post),
    title: post.title,
    post_type: post.contentType,
    created_at: time(post.createdAt),
    updated_at: time(post.updatedAt),
  }))
}

/** What went wrong and what to do, for each target that did; an uncertain one may be out. */
function errorOf({ deliveries }: PostRow): string | null {
  const told = deliveries.flatMap(({ network, state, failure }) => {
    const why = failure ? `${failure.message} ${failure.remedy}`.trim() : ''
    if (state === 'failed') return [why || `Publishing to ${network} failed`]
    if (state === 'uncertain') return [`${network} did not answer: it may have been published. ${why}`.trim()]
    return []
  })
  return told.join(' ') || null
}

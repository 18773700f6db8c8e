import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ifMatchOf } from '../../http/etag.ts'
import { cancelPost } from '../../operations/cancel-post.ts'
import type { Context } from '../../operations/context.ts'
import { createPost } from '../../operations/create-post.ts'
import { deletePost } from '../../operations/delete-post.ts'
import { listPosts } from '../../operations/list-posts.ts'
import { postLog } from '../../operations/post-log.ts'
import { publishPostNow } from '../../operations/publish-post-now.ts'
import { readPost } from '../../operations/read-post.ts'
import { schedulePost } from '../../operations/schedule-post.ts'
import { updatePost } from '../../operations/update-post.ts'
import { IfMatch, tag } from './etag.ts'
import { fieldsIn, postFields, scheduledAt } from './post-body.ts'
import { PostObject, presentPost, statusesOf } from './present-post.ts'
import {
  brandParams,
  errors,
  Id,
  Instant,
  idParams,
  NoContent,
  Nullable,
  PageOf,
  pageQuery,
  presentPage,
} from './schemas.ts'

const tags = ['Posts']

export const postRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/brands/:brandId/posts',
      {
        schema: {
          summary: 'List posts, newest first',
          tags,
          params: brandParams,
          querystring: Type.Object({
            ...pageQuery,
            status: Type.Optional(
              Type.Enum(['draft', 'scheduled', 'published', 'failed'], {
                description:
                  '`draft` includes what waits for approval, `scheduled` what is being published, `published` what is out in part, `failed` what nobody knows',
              }),
            ),
            campaignId: Type.Optional(Id),
            labelId: Type.Optional(Id),
            accountId: Type.Optional(Id),
            network: Type.Optional(Type.String({ maxLength: 50 })),
          }),
          response: { 200: PageOf(PostObject), ...errors(400, 404) },
        },
      },
      async (request) => {
        const { status, ...rest } = request.query
        const page = await listPosts(ctx, request.actor, {
          brandId: request.params.brandId,
          ...rest,
          ...(status && { statuses: statusesOf[status] }),
        })
        return presentPage(page, presentPost)
      },
    )

    app.post(
      '/brands/:brandId/posts',
      {
        schema: {
          summary: 'Create a post',
          description:
            'With `scheduledAt` it is scheduled, without it a draft. Where the workspace requires approval it becomes a draft that keeps its time.',
          tags,
          params: brandParams,
          body: Type.Object({ ...postFields, scheduledAt }),
          response: { 201: PostObject, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const dueAt = instantIn(request.body.scheduledAt)
        const post = await createPost(ctx, request.actor, {
          ...fieldsIn(request.body),
          brandId: request.params.brandId,
          dueAt,
          schedule: Boolean(dueAt),
        })
        tag(reply, post)
        reply.code(201)
        return presentPost(post)
      },
    )

    app.get(
      '/posts/:id',
      {
        schema: {
          summary: 'Read a post',
          tags,
          params: idParams,
          response: { 200: PostObject, ...errors(404) },
        },
      },
      async (request, reply) => {
        const post = await readPost(ctx, request.actor, { postId: request.params.id })
        tag(reply, post)
        return presentPost(post)
      },
    )

    app.patch(
      '/posts/:id',
      {
        schema: {
          summary: 'Change a post',
          description:
            'What is given replaces what was. A new `scheduledAt` schedules a draft or moves a scheduled post; null takes it back to draft. New content of an approved post takes it back to draft.',
          tags,
          params: idParams,
          headers: IfMatch,
          body: Type.Object({ ...postFields, scheduledAt }),
          response: { 200: PostObject, ...errors(400, 403, 404, 412) },
        },
      },
      async (request, reply) => {
        const post = await updatePost(ctx, request.actor, {
          postId: request.params.id,
          changes: {
            ...fieldsIn(request.body),
            ...(request.body.scheduledAt !== undefined && { dueAt: instantIn(request.body.scheduledAt) }),
          },
          schedule: true,
          version: ifMatchOf(request),
        })
        tag(reply, post)
        return presentPost(post)
      },
    )

    app.delete(
      '/posts/:id',
      {
        schema: {
          summary: 'Delete a post here; what is published stays at the networks',
          tags,
          params: idParams,
          headers: IfMatch,
          response: { 204: NoContent, ...errors(400, 403, 404, 412) },
        },
      },
      async (request, reply) => {
        await deletePost(ctx, request.actor, { postId: request.params.id, version: ifMatchOf(request) })
        return reply.code(204).send(null)
      },
    )

    app.post(
      '/posts/:id/schedule',
      {
        schema: {
          summary: 'Schedule a post, or move it to another time',
          tags,
          params: idParams,
          headers: IfMatch,
          body: Type.Object({
            scheduledAt: Instant,
            timezone: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
          }),
          response: { 200: PostObject, ...errors(400, 403, 404, 412) },
        },
      },
      async (request, reply) => {
        const post = await schedulePost(ctx, request.actor, {
          postId: request.params.id,
          dueAt: new Date(request.body.scheduledAt),
          timezone: request.body.timezone,
          version: ifMatchOf(request),
        })
        tag(reply, post)
        return presentPost(post)
      },
    )

    app.post(
      '/posts/:id/publish',
      {
        schema: {
          summary: 'Publish a post now',
          description: 'Answers at once; read the post, or listen to its webhooks, for the outcome.',
          tags,
          params: idParams,
          headers: IfMatch,
          response: { 202: PostObject, ...errors(400, 403, 404, 412) },
        },
      },
      async (request, reply) => {
        const post = await publishPostNow(ctx, request.actor, {
          postId: request.params.id,
          version: ifMatchOf(request),
        })
        tag(reply, post)
        reply.code(202)
        // It is on its way from here; the engine's claim follows within milliseconds.
        return { ...presentPost(post), status: 'publishing' as const }
      },
    )

    app.post(
      '/posts/:id/cancel',
      {
        schema: {
          summary: 'Take a scheduled post back to draft',
          tags,
          params: idParams,
          headers: IfMatch,
          response: { 200: PostObject, ...errors(400, 403, 404, 412) },
        },
      },
      async (request, reply) => {
        const post = await cancelPost(ctx, request.actor, {
          postId: request.params.id,
          version: ifMatchOf(request),
        })
        tag(reply, post)
        return presentPost(post)
      },
    )

    app.get(
      '/posts/:id/log',
      {
        schema: {
          summary: 'What was asked of a post and what became of it, oldest first',
          tags,
          params: idParams,
          querystring: Type.Object(pageQuery),
          response: { 200: PageOf(LogLine), ...errors(400, 404) },
        },
      },
      async (request) => {
        const page = await postLog(ctx, request.actor, { postId: request.params.id, ...request.query })
        return presentPage(page, ({ id, deliveryId, action, message, detail, createdAt }) => ({
          id,
          targetId: deliveryId,
          action,
          message,
          detail,
          createdAt: createdAt.toISOString(),
        }))
      },
    )
  }

const LogLine = Type.Object(
  {
    id: Id,
    targetId: Nullable(Id),
    action: Type.String(),
    message: Nullable(Type.String()),
    detail: Type.Record(Type.String(), Type.Unknown()),
    createdAt: Instant,
  },
  { title: 'PostLogLine' },
)

const instantIn = (text: string | null | undefined) => (text ? new Date(text) : null)

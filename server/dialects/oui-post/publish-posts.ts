import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import { parseInstant } from '../../domain/wall-clock.ts'
import { awaitSettled } from '../../operations/await-settled.ts'
import type { Context } from '../../operations/context.ts'
import { publishPostNow } from '../../operations/publish-post-now.ts'
import { readWorkspace } from '../../operations/read-workspace.ts'
import { schedulePost } from '../../operations/schedule-post.ts'
import { errors, Instant, maybeInstant, Nullable, Success, success } from './envelope.ts'
import { idParams, outId } from './ids.ts'
import { postOf, scheduledAt } from './own-post.ts'
import { PlatformPost, presentDelivery, resultStatus, Status, shownStatus } from './present-post.ts'

const tags = ['Posts']

/** How long C13 waits for the networks before it says `pending` (answers 1.1). */
const publishWaitMs = 25_000

/** When a post goes out: at a time, or now. */
export const publishingRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
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

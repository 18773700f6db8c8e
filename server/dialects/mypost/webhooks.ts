import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { createWebhook } from '../../operations/create-webhook.ts'
import { deleteWebhook } from '../../operations/delete-webhook.ts'
import { listWebhookDeliveries } from '../../operations/list-webhook-deliveries.ts'
import { listWebhooks } from '../../operations/list-webhooks.ts'
import { onlyWorkspace } from '../../operations/only-workspace.ts'
import { replayWebhookDelivery, replayWebhooksSince } from '../../operations/replay-webhook.ts'
import { testWebhook } from '../../operations/test-webhook.ts'
import { updateWebhook } from '../../operations/update-webhook.ts'
import { errors, Id, Instant, idParams, ListOf, NoContent, Nullable, PageOf, pageQuery } from './schemas.ts'

const tags = ['Webhooks']
const Url = Type.String({ maxLength: 2000, examples: ['https://your-server.com/webhook'] })
const Events = Type.Array(Type.String({ maxLength: 100 }), {
  minItems: 1,
  maxItems: 50,
  examples: [['post.published', 'post.failed']],
})
const Secret = Type.String({
  minLength: 8,
  maxLength: 500,
  description:
    'Signs every delivery (Standard Webhooks). Its UTF-8 bytes, or base64 after `whsec_`. Never shown again.',
})
const Webhook = Type.Object(
  {
    id: Id,
    workspaceId: Id,
    url: Type.String(),
    events: Type.Array(Type.String()),
    active: Type.Boolean(),
    disabledReason: Nullable(Type.String()),
    lastTriggeredAt: Nullable(Instant),
    createdAt: Instant,
  },
  { title: 'Webhook' },
)
const State = Type.Union([Type.Literal('queued'), Type.Literal('delivered'), Type.Literal('failed')])
const Delivery = Type.Object(
  {
    id: Id,
    eventId: Type.String({
      format: 'uuid',
      description: 'Sent as `webhook-id`, the same over tries and replays',
    }),
    state: State,
    tries: Type.Integer(),
    nextTryAt: Nullable(Instant),
    responseStatus: Nullable(Type.Integer()),
    responseExcerpt: Nullable(Type.String()),
    error: Nullable(Type.String()),
    durationMs: Nullable(Type.Integer()),
    createdAt: Instant,
  },
  { title: 'WebhookDelivery' },
)
const LoggedDelivery = Type.Object({ ...Delivery.properties, event: Type.String(), happenedAt: Instant })

export const webhookRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/webhooks',
      {
        schema: {
          summary: 'Subscribe to events',
          tags,
          body: Type.Object({
            url: Url,
            events: Events,
            secret: Secret,
            workspaceId: Type.Optional(
              Type.String({ format: 'uuid', description: 'Needed by members of several' }),
            ),
          }),
          response: { 201: Webhook, ...errors(400, 403, 404, 409) },
        },
      },
      async (request, reply) => {
        const { url, events, secret } = request.body
        const workspaceId = request.body.workspaceId ?? (await onlyWorkspace(ctx, request.actor))
        const webhook = await createWebhook(ctx, request.actor, {
          workspaceId,
          dialect: 'mypost',
          url,
          events,
          secret,
        })
        reply.code(201)
        return presentWebhook(webhook)
      },
    )

    app.get(
      '/webhooks',
      {
        schema: {
          summary: 'List webhooks',
          tags,
          querystring: Type.Object({ workspaceId: Type.Optional(Id) }),
          response: { 200: ListOf(Webhook), ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const workspaceId = request.query.workspaceId ?? (await onlyWorkspace(ctx, request.actor))
        return { data: (await listWebhooks(ctx, request.actor, { workspaceId })).map(presentWebhook) }
      },
    )

    app.patch(
      '/webhooks/:id',
      {
        schema: {
          summary:
            'Change a webhook, or switch it off and on; a new secret signs beside the old one for 24 h',
          tags,
          params: idParams,
          body: Type.Object({
            url: Type.Optional(Url),
            events: Type.Optional(Events),
            secret: Type.Optional(Secret),
            active: Type.Optional(Type.Boolean()),
          }),
          response: { 200: Webhook, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentWebhook(await updateWebhook(ctx, request.actor, { ...request.params, ...request.body })),
    )

    app.delete(
      '/webhooks/:id',
      {
        schema: {
          summary: 'Delete a webhook',
          tags,
          params: idParams,
          response: { 204: NoContent, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        await deleteWebhook(ctx, request.actor, request.params)
        return reply.code(204).send(null)
      },
    )

    app.post(
      '/webhooks/:id/test',
      {
        schema: {
          summary: 'Send a test event',
          tags,
          params: idParams,
          response: { 202: Delivery, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const delivery = await testWebhook(ctx, request.actor, request.params)
        reply.code(202)
        return presentDelivery(delivery)
      },
    )

    app.get(
      '/webhooks/:id/deliveries',
      {
        schema: {
          summary: 'What was sent and what the receiver answered, newest first',
          tags,
          params: idParams,
          querystring: Type.Object({ ...pageQuery, state: Type.Optional(State) }),
          response: { 200: PageOf(LoggedDelivery), ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const { items, nextCursor } = await listWebhookDeliveries(ctx, request.actor, {
          ...request.params,
          ...request.query,
        })
        return {
          data: items.map((delivery) => ({
            ...presentDelivery(delivery),
            event: delivery.eventType,
            happenedAt: delivery.eventAt.toISOString(),
          })),
          page: { nextCursor },
        }
      },
    )

    app.post(
      '/webhooks/:id/deliveries/:deliveryId/replay',
      {
        schema: {
          summary: 'Send one event again, under the same webhook-id',
          tags,
          params: Type.Object({ id: Id, deliveryId: Id }),
          response: { 202: Delivery, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        const delivery = await replayWebhookDelivery(ctx, request.actor, request.params)
        reply.code(202)
        return presentDelivery(delivery)
      },
    )

    app.post(
      '/webhooks/:id/replay',
      {
        schema: {
          summary: 'Send everything since an instant again, in order; 1,000 events at most',
          description: 'When there may be more, `nextSince` says where the next call goes on.',
          tags,
          params: idParams,
          body: Type.Object({ since: Instant }),
          response: {
            202: Type.Object({ queued: Type.Integer(), nextSince: Nullable(Instant) }),
            ...errors(400, 403, 404),
          },
        },
      },
      async (request, reply) => {
        const since = new Date(request.body.since)
        const { queued, nextSince } = await replayWebhooksSince(ctx, request.actor, {
          ...request.params,
          since,
        })
        reply.code(202)
        return { queued, nextSince: nextSince?.toISOString() ?? null }
      },
    )
  }

type Endpoint = Awaited<ReturnType<typeof createWebhook>>
type Sent = Awaited<ReturnType<typeof testWebhook>>

function presentWebhook(webhook: Endpoint): Static<typeof Webhook> {
  return {
    id: webhook.id,
    workspaceId: webhook.workspaceId as string,
    url: webhook.url,
    events: webhook.events,
    active: webhook.isActive,
    disabledReason: webhook.disabledReason,
    lastTriggeredAt: webhook.lastTriggeredAt?.toISOString() ?? null,
    createdAt: webhook.createdAt.toISOString(),
  }
}

function presentDelivery(delivery: Sent): Static<typeof Delivery> {
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    state: delivery.state,
    tries: delivery.tries,
    nextTryAt: delivery.nextTryAt?.toISOString() ?? null,
    responseStatus: delivery.responseStatus,
    responseExcerpt: delivery.responseExcerpt,
    error: delivery.error,
    durationMs: delivery.durationMs,
    createdAt: delivery.createdAt.toISOString(),
  }
}

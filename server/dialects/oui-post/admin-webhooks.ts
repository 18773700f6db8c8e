import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { createInstanceWebhook } from '../../operations/create-instance-webhook.ts'
import { listInstanceWebhooks } from '../../operations/list-instance-webhooks.ts'
import { errors, Instant, instant, maybeInstant, Nullable, Success, success } from './envelope.ts'
import { outId } from './ids.ts'

const tags = ['Webhooks']
const webhook = {
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  is_active: Type.Boolean(),
  created_at: Instant,
}

export const adminWebhookRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/webhooks',
      {
        schema: {
          summary: 'The webhooks of the instance',
          tags,
          response: {
            200: Success(
              Type.Object({
                webhooks: Type.Array(
                  Type.Object({
                    ...webhook,
                    last_triggered_at: Nullable(Instant),
                    stats: Type.Object({
                      total_deliveries: Type.Integer(),
                      successful_deliveries: Type.Integer(),
                      failed_deliveries: Type.Integer(),
                    }),
                  }),
                ),
              }),
            ),
            ...errors(),
          },
        },
      },
      async (request) =>
        success({
          webhooks: (await listInstanceWebhooks(ctx, request.actor)).map((endpoint) => ({
            ...presentWebhook(endpoint),
            last_triggered_at: maybeInstant(endpoint.lastTriggeredAt),
            stats: {
              total_deliveries: endpoint.total,
              successful_deliveries: endpoint.delivered,
              failed_deliveries: endpoint.failed,
            },
          })),
        }),
    )

    app.post(
      '/webhooks',
      {
        schema: {
          summary: 'Subscribe to events of every workspace',
          tags,
          body: Type.Object({
            url: Type.String({ maxLength: 2000 }),
            events: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 50 }),
            secret: Type.String({ minLength: 8, maxLength: 500 }),
          }),
          response: { 201: Success(Type.Object({ webhook: Type.Object(webhook) })), ...errors(422) },
        },
      },
      async (request, reply) => {
        const endpoint = await createInstanceWebhook(ctx, request.actor, request.body)
        reply.code(201)
        return success({ webhook: presentWebhook(endpoint) })
      },
    )
  }

type Endpoint = Awaited<ReturnType<typeof createInstanceWebhook>>

const presentWebhook = (endpoint: Endpoint) => ({
  id: outId('webhook', endpoint.id),
  url: endpoint.url,
  events: endpoint.events,
  is_active: endpoint.isActive,
  created_at: instant(endpoint.createdAt),
})

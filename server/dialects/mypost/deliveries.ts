import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { type Removal, removeDelivery, removeFromNetworks } from '../../operations/remove-from-networks.ts'
import { resolveDelivery } from '../../operations/resolve-delivery.ts'
import { retryDelivery } from '../../operations/retry-delivery.ts'
import { PostObject, presentPost } from './present-post.ts'
import { errors, Id, idParams, ListOf, Nullable } from './schemas.ts'

const tags = ['Deliveries']

const RemovalObject = Type.Object(
  {
    targetId: Id,
    accountId: Id,
    network: Type.String(),
    outcome: Type.Enum(['removed', 'not_offered', 'failed'], {
      description: '`not_offered`: only by hand; `failed`: still there, as far as is known',
    }),
    message: Nullable(Type.String()),
  },
  { title: 'Removal' },
)

export const deliveryRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/deliveries/:id/retry',
      {
        schema: {
          summary: 'Try a failed target again, now',
          description: 'A thread goes on after the parts that are out.',
          tags,
          params: idParams,
          response: { 200: PostObject, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentPost(await retryDelivery(ctx, request.actor, { deliveryId: request.params.id })),
    )

    app.post(
      '/deliveries/:id/resolve',
      {
        schema: {
          summary: 'Say whether an uncertain target is live',
          description:
            'The network never answered, so nobody but a person can know. `not_published` sends it again.',
          tags,
          params: idParams,
          body: Type.Union([
            Type.Object({
              outcome: Type.Literal('published'),
              url: Type.String({ maxLength: 2048, description: 'Where it is live' }),
            }),
            Type.Object({ outcome: Type.Literal('not_published') }),
          ]),
          response: { 200: PostObject, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentPost(
          await resolveDelivery(ctx, request.actor, {
            deliveryId: request.params.id,
            resolution: request.body,
          }),
        ),
    )

    app.post(
      '/deliveries/:id/remove',
      {
        schema: {
          summary: 'Take a published target down at its network',
          description: 'It stays here, marked as removed.',
          tags,
          params: idParams,
          response: { 200: RemovalObject, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        presentRemoval(await removeDelivery(ctx, request.actor, { deliveryId: request.params.id })),
    )

    app.post(
      '/posts/:id/remove-from-networks',
      {
        schema: {
          summary: 'Take a post down everywhere it is published',
          description: 'Each target succeeds or fails by itself; the post stays here.',
          tags,
          params: idParams,
          response: { 200: ListOf(RemovalObject), ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const removals = await removeFromNetworks(ctx, request.actor, { postId: request.params.id })
        return { data: removals.map(presentRemoval) }
      },
    )
  }

const presentRemoval = ({ deliveryId, ...removal }: Removal) => ({ targetId: deliveryId, ...removal })

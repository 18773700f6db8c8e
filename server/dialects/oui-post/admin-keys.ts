import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { createApiKey } from '../../operations/create-api-key.ts'
import { listApiKeys } from '../../operations/list-api-keys.ts'
import { revokeApiKey } from '../../operations/revoke-api-key.ts'
import { rotateApiKey } from '../../operations/rotate-api-key.ts'
import { errors, Instant, instant, Message, maybeInstant, Nullable, Success, success } from './envelope.ts'
import { idParams, inId, outId, pathId } from './ids.ts'

const tags = ['API keys']

export const adminKeyRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/keys',
      {
        schema: {
          summary: 'List API keys with their use',
          tags,
          response: {
            200: Success(
              Type.Object({
                keys: Type.Array(
                  Type.Object({
                    id: Type.String(),
                    name: Type.String(),
                    prefix: Type.String(),
                    tier: Type.String(),
                    is_active: Type.Boolean(),
                    created_at: Instant,
                    last_used_at: Nullable(Instant),
                    usage: Type.Object({
                      requests_today: Type.Integer(),
                      requests_this_month: Type.Integer(),
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
          keys: (await listApiKeys(ctx, request.actor)).map((key) => ({
            id: outId('key', key.id),
            name: key.name,
            prefix: key.prefix,
            tier: key.tier,
            is_active: key.isActive,
            created_at: instant(key.createdAt),
            last_used_at: maybeInstant(key.lastUsedAt),
            usage: { requests_today: key.requestsToday, requests_this_month: key.requestsThisMonth },
          })),
        }),
    )

    app.post(
      '/keys',
      {
        schema: {
          summary: 'Make an API key; it is shown this once',
          tags,
          body: Type.Object({
            name: Type.String({ minLength: 1, maxLength: 100 }),
            tier: Type.String({ description: 'starter, professional or enterprise' }),
            workspaces: Type.Optional(
              Type.Array(Type.String({ maxLength: 100 }), {
                maxItems: 1000,
                description: 'Absent: every workspace',
              }),
            ),
            permissions: Type.Optional(
              Type.Array(Type.String({ maxLength: 50 }), {
                maxItems: 20,
                description: 'Absent or empty: all',
              }),
            ),
          }),
          response: {
            201: Success(
              Type.Object({
                key: Type.Object({
                  id: Type.String(),
                  name: Type.String(),
                  api_key: Type.String(),
                  tier: Type.String(),
                  created_at: Instant,
                }),
              }),
            ),
            ...errors(422),
          },
        },
      },
      async (request, reply) => {
        const { name, tier, workspaces, permissions = [] } = request.body
        const key = await createApiKey(ctx, request.actor, {
          name,
          tier,
          workspaceIds: workspaces?.map(workspaceId) ?? null,
          permissions,
        })
        reply.code(201)
        return success({
          key: {
            id: outId('key', key.id),
            name: key.name,
            api_key: key.text,
            tier: key.tier,
            created_at: instant(key.createdAt),
          },
        })
      },
    )

    app.post(
      '/keys/:id/rotate',
      {
        schema: {
          summary: 'Replace a key; the old one works 24 hours more',
          tags,
          params: idParams,
          response: {
            200: Success(
              Type.Object({
                key: Type.Object({
                  id: Type.String(),
                  new_api_key: Type.String(),
                  old_key_expires_at: Instant,
                }),
              }),
            ),
            ...errors(404),
          },
        },
      },
      async (request) => {
        const key = await rotateApiKey(ctx, request.actor, { id: pathId('key', request.params.id) })
        return success({
          key: {
            id: outId('key', key.id),
            new_api_key: key.text,
            old_key_expires_at: instant(key.oldKeyExpiresAt),
          },
        })
      },
    )

    app.delete(
      '/keys/:id',
      {
        schema: {
          summary: 'Revoke a key at once',
          description: 'Not in the original document, which offers no way to end a key.',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(404) },
        },
      },
      async (request) => {
        await revokeApiKey(ctx, request.actor, { id: pathId('key', request.params.id) })
        return success({ message: 'API key revoked successfully' })
      },
    )
  }

function workspaceId(id: string, index: number): string {
  const uuid = inId('workspace', id)
  if (!uuid) throw invalidAt(`workspaces.${index}`, `${id.slice(0, 60)} is not a workspace id`)
  return uuid
}

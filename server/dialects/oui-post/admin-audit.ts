import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { listAudit } from '../../operations/list-audit.ts'
import {
  errors,
  Instant,
  instant,
  Nullable,
  Pagination,
  pageQuery,
  paginationOf,
  Success,
  success,
} from './envelope.ts'
import { inId, outId, outResource } from './ids.ts'
import { Bound, periodAt } from './times.ts'

export const adminAuditRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/audit',
      {
        schema: {
          summary: 'What happened on the instance, newest first',
          tags: ['Audit'],
          querystring: Type.Object({
            ...pageQuery,
            user_id: Type.Optional(Type.String({ maxLength: 100 })),
            action: Type.Optional(Type.String({ maxLength: 100 })),
            from: Type.Optional(Bound),
            to: Type.Optional(Bound),
          }),
          response: {
            200: Success(
              Type.Object({
                logs: Type.Array(
                  Type.Object({
                    id: Type.String(),
                    user_id: Nullable(Type.String()),
                    user_email: Nullable(Type.String()),
                    action: Type.String(),
                    resource_type: Type.String(),
                    resource_id: Type.String(),
                    details: Type.Object({}, { additionalProperties: true }),
                    ip_address: Nullable(Type.String()),
                    user_agent: Nullable(Type.String()),
                    created_at: Instant,
                  }),
                ),
                pagination: Type.Omit(Pagination, ['per_page']),
              }),
            ),
            ...errors(422),
          },
        },
      },
      async (request) => {
        const { user_id, action, from, to, ...page } = request.query
        const { events, total } = await listAudit(ctx, request.actor, {
          ...page,
          ...(user_id !== undefined && { userId: userIn(user_id) }),
          ...(action !== undefined && { type: action }),
          // The instance has no time zone but UTC.
          ...periodAt({ from, to }, 'UTC'),
        })
        const { per_page: _, ...pagination } = paginationOf(page, total)
        return success({
          logs: events.map((event) => ({
            id: outId('log', event.id),
            user_id: event.userEmail && event.actorId ? outId('user', event.actorId) : null,
            user_email: event.userEmail,
            action: event.type,
            resource_type: event.resourceType,
            resource_id: outResource(event.resourceType, event.resourceId),
            details: snakeCased(event.data),
            ip_address: event.ip,
            user_agent: event.userAgent,
            created_at: instant(event.createdAt),
          })),
          pagination,
        })
      },
    )
  }

function userIn(text: string): string {
  const id = inId('user', text)
  if (!id) throw invalidAt('user_id', `${text.slice(0, 60)} is not the id of a user`)
  return id
}

/** Field names of our events in this dialect's spelling, also inside (`changes: {is_active: {from, to}}`). */
function snakeCased(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      typeof part === 'object' && part !== null && !Array.isArray(part) ? snakeCased({ ...part }) : part,
    ]),
  )
}

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
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
import { outId, pathId } from './ids.ts'
import { Bound, fromBound, toBound } from './times.ts'

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
          ...(user_id !== undefined && { userId: pathId('user', user_id) }),
          ...(action !== undefined && { type: action }),
          from: fromBound(from),
          to: toBound(to),
        })
        const { per_page: _, ...pagination } = paginationOf(page, total)
        return success({
          logs: events.map((event) => ({
            id: outId('log', event.id),
            user_id: event.userEmail && event.actorId ? outId('user', event.actorId) : null,
            user_email: event.userEmail,
            action: event.type,
            resource_type: event.resourceType,
            resource_id: event.resourceId,
            details: event.data,
            ip_address: event.ip,
            user_agent: event.userAgent,
            created_at: instant(event.createdAt),
          })),
          pagination,
        })
      },
    )
  }

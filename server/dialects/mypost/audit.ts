import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { listEvents } from '../../operations/list-events.ts'
import { errors, Id, Instant, Nullable, PageOf, pageQuery, presentPage, workspaceParams } from './schemas.ts'

const AuditEvent = Type.Object(
  {
    id: Id,
    action: Type.String({ description: '`resource.verb`' }),
    userId: Nullable(
      Type.String({ description: 'Null when a program or the server itself did it; see `actor`' }),
    ),
    actor: Type.Object({
      kind: Type.String({ description: '`user`, `api_key`, `gateway` or `engine`' }),
      id: Nullable(Type.String()),
    }),
    resourceType: Type.String(),
    resourceId: Type.String(),
    createdAt: Instant,
    metadata: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
    ip: Nullable(Type.String()),
    userAgent: Nullable(Type.String()),
    requestId: Nullable(Type.String()),
  },
  { title: 'AuditEvent' },
)

const Bound = Type.Union([Type.String({ format: 'date' }), Type.String({ format: 'date-time' })], {
  description: "An instant, or a day, which is meant whole and in the workspace's time zone",
})
const Word = Type.String({ minLength: 1, maxLength: 100 })

export const auditRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workspaces/:workspaceId/audit',
      {
        schema: {
          summary: 'Get audit events',
          description: 'Everything that happened in the workspace, newest first. Needs `workspace.settings`.',
          tags: ['Audit Log'],
          params: workspaceParams,
          querystring: Type.Object({
            ...pageQuery,
            action: Type.Optional(Word),
            userId: Type.Optional(Id),
            resourceType: Type.Optional(Word),
            resourceId: Type.Optional(Word),
            from: Type.Optional(Bound),
            to: Type.Optional(Bound),
          }),
          response: { 200: PageOf(AuditEvent), ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const { action, ...query } = request.query
        const page = await listEvents(ctx, request.actor, { ...query, ...request.params, type: action })
        return presentPage(page, present)
      },
    )
  }

type Event = Awaited<ReturnType<typeof listEvents>>['items'][number]

const present = (event: Event): Static<typeof AuditEvent> => ({
  id: event.id,
  action: event.type,
  userId: event.actorKind === 'user' ? event.actorId : null,
  actor: { kind: event.actorKind, id: event.actorId },
  resourceType: event.resourceType,
  resourceId: event.resourceId,
  createdAt: event.createdAt.toISOString(),
  metadata: event.data,
  ip: event.ip,
  userAgent: event.userAgent,
  requestId: event.requestId,
})

import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { tiers } from '../../domain/api-key.ts'
import type { HttpDialect } from '../../http/dialect.ts'
import { limitRequests } from '../../http/rate-limits.ts'
import type { Bucket } from '../../http/rate-store.ts'
import type { Context } from '../../operations/context.ts'
import { accountRoutes } from './accounts.ts'
import { adminAuditRoutes } from './admin-audit.ts'
import { adminFigureRoutes } from './admin-figures.ts'
import { adminKeyRoutes } from './admin-keys.ts'
import { adminSessionRoutes } from './admin-session.ts'
import { adminUserRoutes } from './admin-users.ts'
import { adminWebhookRoutes } from './admin-webhooks.ts'
import { adminAnalyticsRoutes, analyticsRoutes } from './analytics.ts'
import { authenticate, keyOf } from './authenticate.ts'
import { changingRoutes } from './change-posts.ts'
import { errors, presentFailure } from './envelope.ts'
import { examples } from './examples.ts'
import { mediaRoutes } from './media.ts'
import { parameters } from './parameters.ts'
import { platformRoutes } from './platforms.ts'
import { postAnalyticsRoutes } from './post-analytics.ts'
import { postRoutes } from './posts.ts'
import { publishingRoutes } from './publish-posts.ts'
import { scheduleRoutes } from './schedules.ts'
import { workspaceRoutes } from './workspaces.ts'

/** What a key's tier allows in a minute (CR15); the people under `/admin` are not counted. */
function bucketsOf(request: FastifyRequest): Bucket[] {
  const { apiKeyId, tier } = keyOf(request)
  return [{ key: `oui-post:key:${apiKeyId}`, limit: tiers[tier], perMs: 60_000 }]
}

/** Dialect C: `/api` for programs with a key, `/admin` for the people who run the instance. */
export function ouiPost(ctx: Context): HttpDialect {
  const api: FastifyPluginAsync = async (app) => {
    limitRequests(app, ctx, bucketsOf)
    await app.register(platformRoutes(ctx))
    await app.register(workspaceRoutes(ctx))
    await app.register(accountRoutes(ctx))
    await app.register(postRoutes(ctx))
    await app.register(changingRoutes(ctx))
    await app.register(publishingRoutes(ctx))
    await app.register(postAnalyticsRoutes(ctx))
    await app.register(mediaRoutes(ctx))
    await app.register(scheduleRoutes(ctx))
    await app.register(analyticsRoutes(ctx))
  }
  const admin: FastifyPluginAsync = async (app) => {
    await app.register(adminSessionRoutes(ctx))
    await app.register(adminUserRoutes(ctx))
    await app.register(adminKeyRoutes(ctx))
    await app.register(adminFigureRoutes(ctx))
    await app.register(adminWebhookRoutes(ctx))
    await app.register(adminAuditRoutes(ctx))
    await app.register(adminAnalyticsRoutes(ctx))
  }
  return {
    id: 'oui-post',
    title: 'Oui Post API',
    description:
      'Posts, schedules and analytics for programs with an API key, and the administration of the instance.',
    mounts: [
      { prefix: '/api', routes: api },
      { prefix: '/admin', routes: admin },
    ],
    owns: (path) =>
      /^\/admin(\/|$)/.test(path) || (/^\/api(\/|$)/.test(path) && !/^\/api\/v1(\/|$)/.test(path)),
    authenticate: (request) => authenticate(ctx, request),
    securitySchemes: {
      apiKey: {
        type: 'apiKey',
        in: 'header',
        name: 'X-API-Key',
        description: 'A key from `POST /admin/keys`',
      },
      workspace: {
        type: 'apiKey',
        in: 'header',
        name: 'X-Workspace-ID',
        description: 'One of the workspaces of the key, as `ws_<uuid>` or the bare UUID',
      },
      adminToken: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'A token from `POST /admin/login`',
      },
    },
    securityOf: (url) => {
      if (url.startsWith('/admin')) return [{ adminToken: [] }]
      return /^\/api\/(platforms|workspaces)/.test(url) ? [{ apiKey: [] }] : [{ apiKey: [], workspace: [] }]
    },
    examples,
    parameters,
    errors,
    statuses: { invalid: 422, unreadable: [413, 415] },
    present: presentFailure,
  }
}

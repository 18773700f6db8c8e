import type { FastifyPluginAsync } from 'fastify'
import { authenticateBearer } from '../../http/authenticate.ts'
import type { HttpDialect } from '../../http/dialect.ts'
import { acceptIdempotencyKeys } from '../../http/idempotency.ts'
import { limitRequests } from '../../http/rate-limits.ts'
import type { Context } from '../../operations/context.ts'
import { accountRoutes } from './accounts.ts'
import { analyticsRoutes } from './analytics.ts'
import { approvalRoutes } from './approvals.ts'
import { auditRoutes } from './audit.ts'
import { authRoutes } from './auth.ts'
import { brandRoutes } from './brands.ts'
import { bulkPostRoutes } from './bulk-posts.ts'
import { calendarRoutes } from './calendar.ts'
import { consentCallbackRoutes } from './consent-callback.ts'
import { deliveryRoutes } from './deliveries.ts'
import { presentFailure } from './errors.ts'
import { examples } from './examples.ts'
import { mypostBuckets } from './limits.ts'
import { mediaRoutes } from './media.ts'
import { networkRoutes } from './networks.ts'
import { planningRoutes } from './planning.ts'
import { postRoutes } from './posts.ts'
import { recurrenceRoutes } from './recurrences.ts'
import { roleRoutes } from './roles.ts'
import { errors, parameters } from './schemas.ts'
import { teamRoutes } from './team.ts'
import { uploadRoutes } from './uploads.ts'
import { validatePostRoutes } from './validate-post.ts'
import { webhookRoutes } from './webhooks.ts'
import { workspaceRoutes } from './workspaces.ts'

/** One file for each part of the product; a new one adds its line here. */
const all = [
  accountRoutes,
  analyticsRoutes,
  approvalRoutes,
  auditRoutes,
  authRoutes,
  brandRoutes,
  bulkPostRoutes,
  calendarRoutes,
  consentCallbackRoutes,
  deliveryRoutes,
  mediaRoutes,
  networkRoutes,
  postRoutes,
  planningRoutes,
  recurrenceRoutes,
  roleRoutes,
  teamRoutes,
  validatePostRoutes,
  uploadRoutes,
  webhookRoutes,
  workspaceRoutes,
]

/** Where what a request made can be read, for answering again when the answer was lost. */
const addresses = {
  brand: (id: string) => `/api/v1/brands/${id}`,
  post: (id: string) => `/api/v1/posts/${id}`,
  workspace: (id: string) => `/api/v1/workspaces/${id}`,
}

/** The native dialect: everything the product can do has an address here. */
export function mypost(ctx: Context): HttpDialect {
  const routes: FastifyPluginAsync = async (app) => {
    limitRequests(app, ctx, mypostBuckets(ctx))
    acceptIdempotencyKeys(app, ctx, { addresses })
    for (const some of all) await app.register(some(ctx))
  }
  return {
    id: 'mypost',
    title: 'MyPost API',
    description: 'The native API of Fanfare.',
    mounts: [{ prefix: '/api/v1', routes }],
    idShape: 'uuid',
    refusesUnknownFields: true,
    // The richest error shape answers for everything on these paths that no other dialect claims.
    owns: (path) => path === '/api/v1' || path.startsWith('/api/v1/'),
    authenticate: (request) => authenticateBearer(ctx, 'mypost', request),
    examples,
    parameters,
    errors,
    statuses: { invalid: 400, unreadable: [413, 415] },
    acceptsIdempotencyKeys: true,
    present: (failure, request) => presentFailure(failure, request.id),
  }
}

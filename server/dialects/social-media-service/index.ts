import type { FastifyPluginAsync } from 'fastify'
import { authenticateBearer, userOf } from '../../http/authenticate.ts'
import type { HttpDialect } from '../../http/dialect.ts'
import { limitRequests } from '../../http/rate-limits.ts'
import type { Context } from '../../operations/context.ts'
import { analyticsRoutes } from './analytics.ts'
import { bufferRoutes } from './buffer.ts'
import { campaignRoutes } from './campaigns.ts'
import { presentFailure } from './errors.ts'
import { examples } from './examples.ts'
import { postRoutes } from './posts.ts'
import { errors, parameters } from './schemas.ts'
import { socialAccountRoutes } from './social-accounts.ts'

/** First segments under `/api/v1` that are this dialect's alone (conflicts 1). */
const ownSegments = /^\/api\/v1\/(campaigns|buffer)(\/|$)/
/** The segments it shares, with an integer behind them. */
const ownIds = /^\/api\/v1\/(posts|social-accounts|analytics)\/\d+(\/|$)/

/** AR6: of one user. */
const requestsPerMinute = 60

/** Dialect A: integer ids, `detail` errors, `skip` and `limit`; works in the caller's first workspace. */
export function socialMediaService(ctx: Context): HttpDialect {
  const routes: FastifyPluginAsync = async (app) => {
    limitRequests(app, ctx, (request) => [
      { key: `social-media-service:user:${userOf(request).userId}`, limit: requestsPerMinute, perMs: 60_000 },
    ])
    await app.register(socialAccountRoutes(ctx))
    await app.register(postRoutes(ctx))
    await app.register(analyticsRoutes(ctx))
    await app.register(campaignRoutes(ctx))
    await app.register(bufferRoutes(ctx))
  }
  return {
    id: 'social-media-service',
    title: 'Social Media Service API',
    description: 'Accounts, scheduled posts, analytics and campaigns under integer ids.',
    mounts: [{ prefix: '/api/v1', routes }],
    idShape: 'integer',
    owns: (path) => ownSegments.test(path) || ownIds.test(path),
    authenticate: (request) => authenticateBearer(ctx, 'social-media-service', request),
    examples,
    parameters,
    errors,
    statuses: { invalid: 400, unreadable: [] },
    present: presentFailure,
  }
}

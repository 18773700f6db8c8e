import type { FastifyPluginAsync } from 'fastify'
import type { HttpDialect } from '../../http/dialect.ts'
import type { Context } from '../../operations/context.ts'
import { authenticate } from './authenticate.ts'
import { campaignRoutes } from './campaigns.ts'
import { connectionRoutes } from './connections.ts'
import { presentFailure } from './errors.ts'
import { examples } from './examples.ts'
import { labelRoutes } from './labels.ts'
import { contentPermissions } from './permissions.ts'
import { recurringRoutes } from './recurring.ts'
import { reviewRoutes } from './reviews.ts'
import { errors, parameters } from './schemas.ts'
import { slotRoutes } from './slots.ts'

/** Dialect D: slots that go through review, for callers behind the content gateway or with one of our tokens. */
export function content(ctx: Context): HttpDialect {
  const routes: FastifyPluginAsync = async (app) => {
    const all = [connectionRoutes, campaignRoutes, labelRoutes, slotRoutes, reviewRoutes, recurringRoutes]
    for (const some of all) await app.register(some(ctx))
  }
  return {
    id: 'content',
    title: 'Content API',
    description,
    mounts: [{ prefix: '/content', routes }],
    owns: (path) => /^\/content(\/|$)/.test(path),
    authenticate: (request) => authenticate(ctx, request),
    parameters,
    errors,
    statuses: { invalid: 422, unreadable: [413, 415] },
    examples,
    present: presentFailure,
    securitySchemes: {
      accessToken: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'An access token of ours: the first workspace of its user, and what their role allows there. Or one of the outside issuer, where the operator named one: its claims say tenant, user and permissions',
      },
      gatewayKey: {
        type: 'apiKey',
        in: 'header',
        name: 'x-gateway-key',
        description: 'The gateway, which adds `x-tenant-id`, `x-user-id` and `x-user-permissions`',
      },
    },
    securityOf: () => either,
  }
}

/** One or the other. */
const either: { [scheme: string]: string[] }[] = [{ accessToken: [] }, { gatewayKey: [] }]

const description = `Connections, campaigns, labels and content slots with review. Permissions:
${Object.entries(contentPermissions)
  .map(([name, { grants }]) => `- \`${name}\`: ${grants}`)
  .join('\n')}`

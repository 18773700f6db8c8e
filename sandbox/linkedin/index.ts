import { bearer } from '../oauth.ts'
import type { Simulator } from '../simulator.ts'
import { assetRoutes } from './asset-routes.ts'
import { createCallers } from './caller.ts'
import { commentRoutes } from './comment-routes.ts'
import { feedOf } from './feed.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { postRoutes } from './post-routes.ts'
import { expired, no, serverError } from './refusals.ts'
import { oauthRules, tables } from './state.ts'
import { statisticsRoutes } from './statistics-routes.ts'

/** LinkedIn's Posts API and what belongs to it, version 202609, from its documents (digests of 19 September 2026). */
export const linkedin: Simulator = {
  id: 'linkedin',
  name: 'LinkedIn',
  color: '#0a66c2',
  // A document of 100 MB comes in one request.
  bodyBytesMax: 105_000_000,

  routes(app, world) {
    const callers = createCallers(world)
    oauthRoutes(app, world, callers)
    assetRoutes(app, world, callers)
    postRoutes(app, world, callers)
    commentRoutes(app, world, callers)
    statisticsRoutes(app, world, callers)
  },

  feed: feedOf,

  refusals: {
    rejected: () => no(400, 'INVALID_VALUE_FOR_FIELD', 'commentary was refused by the sandbox'),
    rateLimited: (_request, ms) =>
      no(429, 'TOO_MANY_REQUESTS', 'Resource level throttle limit reached', {
        'retry-after': String(Math.ceil(ms / 1000)),
      }),
    expired(request, world) {
      world.oauth(oauthRules).expire(bearer(request))
      return expired
    },
    serverError: () => serverError,
    notFound: () => no(404, 'RESOURCE_NOT_FOUND', 'No virtual resource found'),
    badRequest: (_request, why) => no(400, 'BAD_REQUEST', why),
  },

  controls: {
    /** `{token}`: the person took the app's access away. */
    revoke: (world, { token }) => ({ revoked: world.oauth(oauthRules).revoke(String(token)) }),
    /** `{person}`: all access tokens run out. */
    expire(world, { person }) {
      world.oauth(oauthRules).expireAllOf(String(person))
      return {}
    },
    /** `{post}`: somebody likes it. */
    like(world, { post }) {
      tables(world).likes.put(`${post}:${world.randomHex(4)}`, String(post))
      return {}
    },
  },
}

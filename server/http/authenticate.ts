import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Actor, Dialect, Origin, UserActor } from '../domain/actor.ts'
import { Refusal } from '../domain/refusal.ts'
import { authenticateToken } from '../operations/authenticate-token.ts'
import type { Context } from '../operations/context.ts'
import { clientAddress } from './client-address.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Set on every route that is not `config.public`; reading it on a public one is a mistake and throws. */
    actor: Actor
  }
  interface FastifyContextConfig {
    /** No credential is needed. */
    public?: boolean
  }
}

const known = Symbol('actor')
type WithActor = FastifyRequest & { [known]?: Actor }

/** Gives every request its `actor` property. */
export function decorateWithActor(app: FastifyInstance): void {
  app.decorateRequest('actor', {
    getter(this: WithActor) {
      if (!this[known]) throw new Error(`${this.method} ${this.routeOptions.url} is public: it has no actor`)
      return this[known]
    },
    setter(this: WithActor, actor: Actor) {
      this[known] = actor
    },
  } as never)
}

/** The bearer check: an access token of ours, whose session still stands and whose user is active. */
export async function authenticateBearer(
  ctx: Context,
  dialect: Dialect,
  request: FastifyRequest,
): Promise<Actor> {
  const token = bearerOf(request)
  if (!token)
    throw new Refusal('unauthenticated', 'Send an access token in the header Authorization: Bearer <token>', {
      rule: 'token_missing',
    })
  return authenticateToken(ctx, token, originOf(dialect, request))
}

export const bearerOf = (request: FastifyRequest): string | undefined =>
  /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]

/** The person who asks, on routes that only take access tokens. */
export function userOf(request: FastifyRequest): UserActor {
  if (request.actor.kind !== 'user')
    throw new Refusal('forbidden', 'Only a person with a login can do this', { rule: 'user_required' })
  return request.actor
}

/** Where the request came from, for the event stream. */
export function originOf(dialect: Dialect, request: FastifyRequest): Origin {
  return {
    dialect,
    requestId: request.id,
    ip: clientAddress(request),
    userAgent: request.headers['user-agent']?.slice(0, 500),
  }
}

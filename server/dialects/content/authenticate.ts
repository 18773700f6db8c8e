import type { FastifyRequest } from 'fastify'
import type { Actor } from '../../domain/actor.ts'
import { forbidden } from '../../domain/refusal.ts'
import { authenticateBearer, bearerOf, originOf } from '../../http/authenticate.ts'
import { requireGatewayKey, tenantActor } from '../../operations/content-tenant.ts'
import type { Context } from '../../operations/context.ts'
import { isOutsideToken, type OutsideClaims, readOutsideToken } from '../../operations/outside-token.ts'
import { type ContentPermission, namesIn, ourPermissions, permissionsFrom } from './permissions.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The documented permission of an address of the content API. */
    permission?: ContentPermission
  }
}

/**
 * The content gateway, which vouches for its caller in headers and is known by its key; a token of the outside issuer;
 * or one of our own access tokens. Without the key the identity headers mean nothing, so nobody outside can be anybody.
 */
export async function authenticate(ctx: Context, request: FastifyRequest): Promise<Actor> {
  const vouched = await vouchedFor(ctx, request)
  if (!vouched) return await authenticateBearer(ctx, 'content', request)
  const held = permissionsFrom(vouched.permissions)
  const actor = await tenantActor(
    ctx,
    {
      tenantId: vouched.tenantId,
      userId: vouched.userId.slice(0, userIdMax),
      permissions: ourPermissions(held),
    },
    originOf('content', request),
  )
  // What is vouched for alone decides (answers 1.3), reading included; with our token, a member may read.
  const { permission } = request.routeOptions.config
  if (permission && !held.includes(permission)) throw forbidden(`This needs the permission ${permission}`)
  return actor
}

/** Names of users elsewhere are kept with what they do; longer ones are cut. */
const userIdMax = 200

/** Who the gateway or the outside issuer says is calling; null when neither of them speaks. */
async function vouchedFor(ctx: Context, request: FastifyRequest): Promise<OutsideClaims | null> {
  const key = headerOf(request, 'x-gateway-key')
  if (key !== '') {
    requireGatewayKey(ctx, key)
    return {
      tenantId: headerOf(request, 'x-tenant-id'),
      userId: headerOf(request, 'x-user-id'),
      permissions: namesIn(headerOf(request, 'x-user-permissions')),
    }
  }
  const token = bearerOf(request)
  return token && isOutsideToken(ctx, token) ? await readOutsideToken(ctx, token) : null
}

function headerOf(request: FastifyRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value.trim() : ''
}

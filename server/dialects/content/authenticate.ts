import type { FastifyRequest } from 'fastify'
import type { Actor } from '../../domain/actor.ts'
import { forbidden } from '../../domain/refusal.ts'
import { authenticateBearer, originOf } from '../../http/authenticate.ts'
import { authenticateGateway } from '../../operations/content-tenant.ts'
import type { Context } from '../../operations/context.ts'
import { type ContentPermission, ourPermissions, permissionsFrom } from './permissions.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The documented permission of an address of the content API. */
    permission?: ContentPermission
  }
}

/**
 * The content gateway, which vouches for its caller in headers and is known by its key; or one of our own access
 * tokens. Without the key the identity headers mean nothing, so nobody outside can be anybody.
 */
export async function authenticate(ctx: Context, request: FastifyRequest): Promise<Actor> {
  const key = headerOf(request, 'x-gateway-key')
  if (key === '') return await authenticateBearer(ctx, 'content', request)
  const held = permissionsFrom(headerOf(request, 'x-user-permissions'))
  const actor = await authenticateGateway(
    ctx,
    {
      key,
      tenantId: headerOf(request, 'x-tenant-id'),
      userId: headerOf(request, 'x-user-id').slice(0, 200),
      permissions: ourPermissions(held),
    },
    originOf('content', request),
  )
  // The header alone decides (answers 1.3), reading included; with our token, a member may read.
  const { permission } = request.routeOptions.config
  if (permission && !held.includes(permission)) throw forbidden(`This needs the permission ${permission}`)
  return actor
}

function headerOf(request: FastifyRequest, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value.trim() : ''
}

import { createHash, timingSafeEqual } from 'node:crypto'
import type { Actor, GatewayActor, Origin } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { forbidden, Refusal } from '../domain/refusal.ts'
import { workspaceIdsOfMember } from '../storage/members.ts'
import { findWorkspace } from '../storage/workspaces.ts'
import type { Context } from './context.ts'

/** The tenant of a request: the gateway's, or the caller's first workspace (answers 1.3). */
export async function contentTenant(ctx: Context, actor: Actor): Promise<string> {
  if (actor.kind === 'gateway') return actor.workspaceId
  const [first] = actor.kind === 'user' ? await workspaceIdsOfMember(ctx.db, actor.userId) : []
  if (!first) throw forbidden('You are a member of no workspace yet', 'no_workspace')
  return first
}

/** The gateway's headers are believed only with the shared key; without one configured, nobody is the gateway. */
export function requireGatewayKey(ctx: Context, key: string): void {
  const configured = ctx.settings.contentGatewayKey
  if (!configured || !isSame(key, configured))
    throw new Refusal('unauthenticated', 'The gateway key is wrong', { rule: 'gateway_key' })
}

/**
 * Who the gateway or the outside issuer has vouched for. The tenant must be one of our workspaces; the user need not be
 * ours.
 */
export async function tenantActor(
  ctx: Context,
  given: { tenantId: string; userId: string; permissions: Permission[] },
  origin: Origin,
): Promise<GatewayActor> {
  const workspace = isUuid(given.tenantId) ? await findWorkspace(ctx.db, given.tenantId) : null
  if (!workspace || !given.userId)
    throw forbidden('This names no tenant that is known here, or no user', 'tenant')
  return {
    ...origin,
    kind: 'gateway',
    workspaceId: workspace.id,
    externalUserId: given.userId,
    permissions: given.permissions,
  }
}

/** In constant time, whatever the lengths. */
const isSame = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))
const digest = (text: string) => createHash('sha256').update(text).digest()

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

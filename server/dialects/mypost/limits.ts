import type { FastifyRequest } from 'fastify'
import { clientAddress } from '../../http/client-address.ts'
import type { Bucket } from '../../http/rate-store.ts'
import { chargedWorkspaces } from '../../operations/charged-workspace.ts'
import type { Context } from '../../operations/context.ts'

/** BR7, in requests a second. `everybody` counts this dialect alone. */
const perSecond = { user: 10, workspace: 100, everybody: 1000 }

/** What a request counts against: its user, the workspace its address names, and all of this dialect. */
export function mypostBuckets(ctx: Context): (request: FastifyRequest) => Promise<Bucket[]> {
  const workspaceOf = chargedWorkspaces(ctx)
  const bucket = (key: string, limit: number): Bucket => ({ key: `mypost:${key}`, limit, perMs: 1000 })
  const everybody = bucket('everybody', perSecond.everybody)
  return async (request) => {
    // Nobody is known on a public address; the place the request comes from is counted in their stead.
    if (request.routeOptions.config.public || request.actor.kind !== 'user')
      return [bucket(`place:${clientAddress(request)}`, perSecond.user), everybody]
    const workspaceId = await workspaceOf(request.actor, request.url.split('?', 1)[0] ?? '')
    return [
      bucket(`user:${request.actor.userId}`, perSecond.user),
      ...(workspaceId ? [bucket(`workspace:${workspaceId}`, perSecond.workspace)] : []),
      everybody,
    ]
  }
}

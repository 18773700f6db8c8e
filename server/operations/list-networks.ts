import type { TSchema } from 'typebox'
import type { Actor } from '../domain/actor.ts'
import type { Limits } from '../domain/limits.ts'
import type { Network } from '../networks/network.ts'
import { workspaceMode } from '../storage/places.ts'
import { requireAccess } from './access.ts'
import { isConfigured } from './account-context.ts'
import type { Context } from './context.ts'

/** A network as a client needs it to draw its forms: all of it is the adapter's data. */
export interface ListedNetwork {
  id: string
  name: string
  limits: Limits
  /** What connecting takes: a consent page with settings before it, or credentials typed in. */
  connect: { kind: 'oauth' | 'credentials'; form: TSchema }
  /** What a post can set for this network beyond text and media. */
  options: TSchema
  /** Whether a person can connect now, or the operator has to set up an app first. */
  configured: boolean
}

/**
 * Every network this server knows, in the order of its list. Anybody with a login may ask; naming a workspace tells
 * whether connecting is set up for that one (a sandbox workspace needs no apps).
 */
export async function listNetworks(
  ctx: Context,
  actor: Actor,
  { workspaceId }: { workspaceId?: string } = {},
): Promise<ListedNetwork[]> {
  if (workspaceId) await requireAccess(ctx.db, actor, workspaceId, null)
  const mode = workspaceId ? await workspaceMode(ctx.db, workspaceId) : 'live'
  return [...ctx.networks.values()].map((network) => listed(ctx, network, mode))
}

const listed = (ctx: Context, network: Network, mode: 'live' | 'sandbox'): ListedNetwork => ({
  id: network.id,
  name: network.name,
  limits: network.limits,
  connect: {
    kind: network.connect.kind,
    form: network.connect.kind === 'oauth' ? network.connect.settings : network.connect.credentials,
  },
  options: network.options,
  configured: isConfigured(ctx, network, mode),
})

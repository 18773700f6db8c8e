import type { Issue } from '../domain/refusal.ts'
import type { Reachable } from '../net/origins.ts'
import { isOutsideReachable } from '../net/public-reach.ts'
import type { Db } from '../storage/database.ts'
import { workspaceMode } from '../storage/places.ts'
import type { Context } from './context.ts'

/** What keeps a network that fetches media from fetching it here. */
export type MediaReach = (network: Fetcher) => Issue[]

/** A network, or Buffer on its way to one. */
type Fetcher = Reachable & { name: string }

/**
 * Networks that fetch media cannot fetch it from an address that leads nowhere outside. Said before anything is
 * scheduled, because afterwards only a person at the server can mend it. A network that is itself reached at such an
 * address (the sandbox, an override) sees this server all the same.
 * @param hasFiles the workspace's mode is asked only where it can matter: most posts bring none, and most servers are public.
 */
export async function mediaReach(
  ctx: Pick<Context, 'settings' | 'origins'>,
  tx: Db,
  workspaceId: string,
  hasFiles: boolean,
): Promise<MediaReach> {
  const { publicUrl } = ctx.settings
  if (!hasFiles || isOutsideReachable(publicUrl)) return () => []
  const mode = await workspaceMode(tx, workspaceId)
  return (network) =>
    isOutsideReachable(ctx.origins(network, mode, {})) ? [unreachable(network, publicUrl)] : []
}

const unreachable = (network: Fetcher, publicUrl: string): Issue => ({
  path: 'media',
  rule: 'media_unreachable',
  message: `${network.name} fetches files from this server, but ${publicUrl} cannot be reached from outside.`,
  remedy: 'Ask the operator to set FANFARE_PUBLIC_URL to an address that is public.',
  network: network.id,
})

import type { Draft } from '../domain/draft.ts'
import type { Limits } from '../domain/limits.ts'
import type { Issue } from '../domain/refusal.ts'
import { isOutsideReachable } from '../net/public-reach.ts'
import type { Network } from '../networks/network.ts'
import type { Context } from './context.ts'

/**
 * Networks that fetch media cannot fetch it from an address that leads nowhere outside. Said before anything is
 * scheduled, because afterwards only a person at the server can mend it. A network that is itself reached at such an
 * address (the sandbox, an override) sees this server all the same.
 */
export function unreachableMedia(
  ctx: Context,
  network: Network,
  limits: Limits,
  draft: Draft,
  workspaceMode: 'live' | 'sandbox',
): Issue[] {
  const { publicUrl } = ctx.settings
  if (!limits.pullsMedia || draft.media.length === 0 || isOutsideReachable(publicUrl)) return []
  if (!isOutsideReachable(ctx.origins(network, workspaceMode, {}))) return []
  return [
    {
      path: 'media',
      rule: 'media_unreachable',
      message: `${network.name} fetches files from this server, but ${publicUrl} cannot be reached from outside.`,
      remedy: 'Ask the operator to set FANFARE_PUBLIC_URL to an address that is public.',
      network: network.id,
    },
  ]
}

import { mastodon } from './mastodon/index.ts'
import type { Network, NetworkId } from './network.ts'
import { telegram } from './telegram/index.ts'

/** Every network there is. Adding one: its folder here, its simulator in sandbox/, and one line in this list. */
export const allNetworks: Network[] = [mastodon, telegram]

/** The networks by id, as `Context.networks` wants them. */
export const networksById: ReadonlyMap<NetworkId, Network> = new Map(
  allNetworks.map((network) => [network.id, network]),
)

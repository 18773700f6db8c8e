import { sandboxApp } from '../net/origins.ts'
import type { AppCredentials, NetworkId } from '../networks/network.ts'
import type { WorkspaceMode } from '../storage/schema.ts'
import type { EngineContext } from './engine-context.ts'

/** The app that an account's access is renewed with: one registered at its own server, the operator's, or the sandbox's. */
export function appOf(
  ctx: Pick<EngineContext, 'vault' | 'appCredentials'>,
  account: { network: NetworkId; mode: WorkspaceMode; appCredentials: Buffer | null },
): AppCredentials | null {
  const { network, mode, appCredentials } = account
  if (appCredentials) return ctx.vault.open(appCredentials, `network-app:${network}`) as AppCredentials
  return ctx.appCredentials(network) ?? (mode === 'sandbox' ? sandboxApp : null)
}

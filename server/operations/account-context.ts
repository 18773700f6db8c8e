/** What a network gets to work with: for one account, or for connecting before there is one. */
import type { Limits } from '../domain/limits.ts'
import { Refusal } from '../domain/refusal.ts'
import { sandboxApp } from '../net/origins.ts'
import type {
  AccountContext,
  AccountView,
  AppCredentials,
  ConnectContext,
  Json,
  Network,
  SecretBox,
} from '../networks/network.ts'
import type { Account } from '../storage/accounts.ts'
import { keepNetworkApp, networkApp, networkAppById } from '../storage/network-apps.ts'
import type { Context } from './context.ts'
import { failureRefusal } from './failure-refusal.ts'

type Mode = 'live' | 'sandbox'

/** An app, and its row when it was registered by this server rather than set by the operator. */
export interface KnownApp {
  id: string | null
  credentials: AppCredentials
}

/** @param secret the account's box, which is the only way to its credential. */
export async function accountContext(
  ctx: Context,
  account: Account,
  workspaceMode: Mode,
  secret: SecretBox,
  signal: AbortSignal,
): Promise<AccountContext> {
  const network = requireNetwork(ctx, account.network)
  return {
    http: ctx.http,
    origin: (role) => ctx.origins(network, workspaceMode, account.settings, role),
    account: accountView(account, network),
    secret,
    app: await appOfAccount(ctx, network, workspaceMode, account.appId),
    now: () => ctx.clock.now(),
    signal,
  }
}

export function accountView(account: Account, network: Network): AccountView {
  return {
    id: account.id,
    externalId: account.externalId,
    name: account.name,
    handle: account.handle,
    settings: account.settings as Record<string, Json>,
    limits: limitsOf(account, network),
  }
}

/** The account's own limits where its network tells them, else the network's. */
export const limitsOf = (account: { limits: Limits | null }, network: Network): Limits =>
  account.limits ?? network.limits

export function connectContext(
  ctx: Context,
  network: Network,
  workspaceMode: Mode,
  settings: Record<string, Json>,
  app: AppCredentials | null,
  signal: AbortSignal,
): ConnectContext {
  return {
    http: ctx.http,
    origin: (role) => ctx.origins(network, workspaceMode, settings, role),
    settings,
    app,
    now: () => ctx.clock.now(),
    signal,
  }
}

/** The network of that name; a name that this server does not know is the caller's mistake. */
export function requireNetwork(ctx: Context, id: string): Network {
  const network = ctx.networks.get(id)
  if (network) return network
  const known = [...ctx.networks.keys()].join(', ')
  throw new Refusal('invalid', `${id} is not a network of this server. Known: ${known}.`, {
    rule: 'unknown_network',
    issues: [
      {
        path: 'network',
        rule: 'unknown_network',
        message: `${id} is not a network of this server. Known: ${known}.`,
      },
    ],
  })
}

/** The address a network sends people back to after their consent, for every dialect (answers 1.9). */
export const redirectUriOf = (ctx: Context, network: Network) =>
  `${ctx.settings.publicUrl}/api/v1/social-accounts/callback/${network.id}`

/**
 * The app to ask consent with: the operator's, or one registered at the account's own server, which is done here the
 * first time. Talks to the network: not in a transaction.
 */
export async function appForConsent(
  ctx: Context,
  network: Network,
  workspaceMode: Mode,
  settings: Record<string, Json>,
  signal: AbortSignal,
): Promise<KnownApp> {
  const connect = network.connect
  if (connect.kind !== 'oauth' || !connect.registerApp) {
    const credentials = operatorsApp(ctx, network, workspaceMode)
    if (!credentials) throw notConfigured(network)
    return { id: null, credentials }
  }
  const origin = ctx.origins(network, workspaceMode, settings)
  const redirectUri = redirectUriOf(ctx, network)
  const kept = await networkApp(ctx.db, network.id, origin, redirectUri)
  if (kept) return { id: kept.id, credentials: opened(ctx, network, kept.credentials) }
  const registered = await connect.registerApp(
    connectContext(ctx, network, workspaceMode, settings, null, signal),
    redirectUri,
  )
  if (registered.outcome === 'failed') throw failureRefusal(registered.failure, 'settings')
  const row = await keepNetworkApp(
    ctx.db,
    {
      id: ctx.newId(),
      network: network.id,
      origin,
      redirectUri,
      credentials: ctx.vault.seal(registered.value, appSeal(network)),
    },
    ctx.clock.now(),
  )
  return { id: row.id, credentials: opened(ctx, network, row.credentials) }
}

/** The app that an account's consent was given to; null where the network knows no apps or it is no longer there. */
async function appOfAccount(
  ctx: Context,
  network: Network,
  workspaceMode: Mode,
  appId: string | null,
): Promise<AppCredentials | null> {
  const connect = network.connect
  if (connect.kind !== 'oauth') return null
  if (!connect.registerApp) return operatorsApp(ctx, network, workspaceMode)
  const row = appId ? await networkAppById(ctx.db, appId) : null
  return row ? opened(ctx, network, row.credentials) : null
}

/** The app that a consent under way was started with. */
export async function appOfConsent(
  ctx: Context,
  network: Network,
  workspaceMode: Mode,
  appId: string | null,
): Promise<KnownApp | null> {
  const credentials = await appOfAccount(ctx, network, workspaceMode, appId)
  return credentials && { id: appId, credentials }
}

/** Whether a person of such a workspace can connect to the network without the operator doing something first. */
export const isConfigured = (ctx: Context, network: Network, workspaceMode: Mode): boolean =>
  network.connect.kind === 'credentials' ||
  network.connect.registerApp !== undefined ||
  operatorsApp(ctx, network, workspaceMode) !== null

const operatorsApp = (ctx: Context, network: Network, workspaceMode: Mode): AppCredentials | null =>
  ctx.appCredentials(network.id) ?? (workspaceMode === 'sandbox' ? sandboxApp : null)

export function notConfigured(network: Network): Refusal {
  const prefix = network.id.replaceAll('-', '_').toUpperCase()
  const message = `${network.name} is not set up on this server. Its operator has to register an app there and set ${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET.`
  return new Refusal('invalid', message, {
    rule: 'network_not_configured',
    issues: [{ path: 'network', rule: 'network_not_configured', message }],
  })
}

const appSeal = (network: Network) => `network-app:${network.id}`

const opened = (ctx: Context, network: Network, sealed: Buffer) =>
  ctx.vault.open(sealed, appSeal(network)) as AppCredentials

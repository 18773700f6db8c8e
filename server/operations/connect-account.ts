import type { Actor } from '../domain/actor.ts'
import { invalidAt, Refusal } from '../domain/refusal.ts'
import { serverOrigin } from '../net/origins.ts'
import { challengeOf } from '../net/pkce.ts'
import type { CredentialsConnect, Json, Network, OAuthConnect } from '../networks/network.ts'
import type { Account } from '../storage/accounts.ts'
import { insertOAuthState } from '../storage/oauth-states.ts'
import type { Place } from '../storage/places.ts'
import { transaction } from '../storage/transaction.ts'
import { requireBrandPlace } from './account-access.ts'
import { appForConsent, connectContext, redirectUriOf, requireNetwork } from './account-context.ts'
import type { Context } from './context.ts'
import { failureRefusal } from './failure-refusal.ts'
import { parseForm } from './form.ts'
import { keepConnected } from './keep-account.ts'

export interface ConnectInput {
  brandId: string
  network: string
  /** Where the browser goes after the consent: http or https. Bound to the state here, never taken from the callback. */
  redirectUrl?: string
  /** What the network must know before its consent page (Mastodon: `{instanceUrl}`). */
  settings?: unknown
  /** For networks without consent pages: what a person types in. Sealed; never returned. */
  credentials?: unknown
}

/** Either the account is there, or a person has to say yes at `authUrl` within ten minutes. */
export type ConnectAnswer =
  | { outcome: 'connected'; account: Account }
  | { outcome: 'consent'; authUrl: string; state: string; expiresAt: Date }

/** How long a consent may take (CR10, answers 1.9). */
export const stateLifeMs = 600_000

/** Everything a network is asked while somebody waits for a connection, together. */
export const connectTimeoutMs = 60_000

/** Connects an account of a network to a brand, or begins to. Needs `accounts.connect`. */
export async function connectAccount(
  ctx: Context,
  actor: Actor,
  input: ConnectInput,
): Promise<ConnectAnswer> {
  const place = await requireBrandPlace(ctx.db, actor, input.brandId, 'accounts.connect')
  const network = requireNetwork(ctx, input.network)
  requireWebAddress(input.redirectUrl)
  return network.connect.kind === 'credentials'
    ? {
        outcome: 'connected',
        account: await openByCredentials(ctx, actor, place, network, network.connect, input),
      }
    : await beginConsent(ctx, actor, place, network, network.connect, input)
}

async function openByCredentials(
  ctx: Context,
  actor: Actor,
  place: Place,
  network: Network,
  connect: CredentialsConnect,
  input: ConnectInput,
): Promise<Account> {
  const connected = await openCredentials(ctx, place, network, connect, input.credentials)
  return transaction(ctx.db, async (tx) => {
    await requireBrandPlace(tx, actor, place.brandId, 'accounts.connect')
    return keepConnected(ctx, tx, actor, { place, network, appId: null, userId: userIdOf(actor) }, connected)
  })
}

/** Asks the network what these credentials open. Not in a transaction. */
export async function openCredentials(
  ctx: Context,
  place: Place,
  network: Network,
  connect: CredentialsConnect,
  given: unknown,
) {
  const credentials = parseForm(connect.credentials, given, 'credentials')
  const settings = network.serverSetting ? withServerOrigin(network, credentials, 'credentials') : credentials
  const opened = await connect.open(
    connectContext(ctx, network, place.workspaceMode, serverSettings(network, settings), null, stopAfter()),
    settings,
  )
  if (opened.outcome === 'failed') throw failureRefusal(opened.failure, 'credentials')
  return opened.value
}

async function beginConsent(
  ctx: Context,
  actor: Actor,
  place: Place,
  network: Network,
  connect: OAuthConnect,
  input: ConnectInput,
): Promise<ConnectAnswer> {
  const settings = withServerOrigin(
    network,
    parseForm(connect.settings, input.settings, 'settings'),
    'settings',
  )
  return askConsent(ctx, actor, place, network, connect, { ...input, settings, accountId: null })
}

/**
 * Keeps what the callback will need, sealed, under the hash of a random state, and answers the network's consent page.
 * @param request.accountId set when an account is reconnected
 */
export async function askConsent(
  ctx: Context,
  actor: Actor,
  place: Place,
  network: Network,
  connect: OAuthConnect,
  request: { settings: Record<string, Json>; redirectUrl?: string; accountId: string | null },
): Promise<ConnectAnswer> {
  const signal = stopAfter()
  const app = await appForConsent(ctx, network, place.workspaceMode, request.settings, signal)
  const state = ctx.randomBytes(32).toString('base64url')
  const codeVerifier = ctx.randomBytes(32).toString('base64url')
  const now = ctx.clock.now()
  const expiresAt = new Date(now.getTime() + stateLifeMs)
  const authUrl = connect.authorizeUrl(
    connectContext(ctx, network, place.workspaceMode, request.settings, app.credentials, signal),
    {
      redirectUri: redirectUriOf(ctx, network),
      state,
      codeChallenge: challengeOf(codeVerifier),
      scopes: connect.scopes,
    },
  )
  await insertOAuthState(ctx.db, {
    state,
    workspaceId: place.workspaceId,
    brandId: place.brandId,
    accountId: request.accountId,
    network: network.id,
    dialect: actor.dialect,
    userId: userIdOf(actor),
    redirectUrl: request.redirectUrl ?? null,
    settings: request.settings,
    secret: ctx.vault.seal({ codeVerifier, appId: app.id }, 'oauth-state'),
    createdAt: now,
    expiresAt,
  })
  return { outcome: 'consent', authUrl, state, expiresAt }
}

/** The server setting as an origin, however it was typed; other settings as they are. */
export function withServerOrigin(
  network: Network,
  settings: Record<string, Json>,
  path: string,
): Record<string, Json> {
  const name = network.serverSetting
  const typed = name ? settings[name] : undefined
  if (!name || typeof typed !== 'string' || typed === '') return settings
  const origin = serverOrigin(typed)
  if (!origin) throw invalidAt(`${path}.${name}`, `${typed.slice(0, 100)} is not the address of a server`)
  return { ...settings, [name]: origin }
}

/** Of credentials only the server's address may decide where requests go. */
const serverSettings = (network: Network, settings: Record<string, Json>): Record<string, Json> =>
  network.serverSetting && settings[network.serverSetting] !== undefined
    ? { [network.serverSetting]: settings[network.serverSetting] as Json }
    : {}

export function requireWebAddress(redirectUrl: string | undefined): void {
  if (redirectUrl === undefined) return
  const url = URL.canParse(redirectUrl) ? new URL(redirectUrl) : null
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isWeb || url.username || url.password)
    throw new Refusal('invalid', 'redirectUrl must be an http or https address', {
      rule: 'redirect_url',
      issues: [
        {
          path: 'redirectUrl',
          rule: 'redirect_url',
          message: 'redirectUrl must be an http or https address',
        },
      ],
    })
}

export const userIdOf = (actor: Actor): string | null => (actor.kind === 'user' ? actor.userId : null)

export const stopAfter = () => AbortSignal.timeout(connectTimeoutMs)

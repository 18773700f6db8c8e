import type { Actor, Origin } from '../domain/actor.ts'
import { notFound, Refusal } from '../domain/refusal.ts'
import type { Connected, Json, Network } from '../networks/network.ts'
import { type Account, lockAccount } from '../storage/accounts.ts'
import type { Db } from '../storage/database.ts'
import { forgetNetworkApp } from '../storage/network-apps.ts'
import { type OAuthState, oauthState, spendOAuthState } from '../storage/oauth-states.ts'
import { transaction } from '../storage/transaction.ts'
import { requireBrandPlace } from './account-access.ts'
import {
  appOfConsent,
  connectContext,
  notConfigured,
  redirectUriOf,
  requireNetwork,
} from './account-context.ts'
import { stopAfter } from './connect-account.ts'
import type { Context } from './context.ts'
import { failureRefusal } from './failure-refusal.ts'
import { keepConnected, keepEvery, type Opened, renew } from './keep-account.ts'

/** What a network appends to our callback address. */
export interface ConsentAnswer {
  state: string
  code?: string | undefined
  /** `access_denied` and the like (RFC 6749, section 4.1.2.1). */
  error?: string | undefined
}

/** Where the browser goes next, or what it is shown when whoever began named no place. */
export type Landing =
  | { outcome: 'redirect'; url: string }
  | { outcome: 'page'; connected: boolean; title: string; message: string }

/**
 * The browser comes back from a network's consent page (Bx1). For the native dialect this finishes the connection on
 * behalf of the person who began it, who must still be allowed to. The other dialects exchange the code themselves, so
 * their caller gets the network's code and our state (answers 1.9). Goes only where the beginning said.
 */
export async function receiveConsent(
  ctx: Context,
  origin: Omit<Origin, 'dialect'>,
  networkId: string,
  answer: ConsentAnswer,
): Promise<Landing> {
  const row = await oauthState(ctx.db, answer.state)
  if (!row || row.network !== networkId || row.usedAt)
    return {
      outcome: 'page',
      connected: false,
      title: 'This link does not work',
      message: 'It was used already, or it does not come from here. Go back and connect the account again.',
    }
  if (row.dialect !== 'mypost') return await handOver(ctx, row, answer)
  try {
    if (answer.error) {
      await spend(ctx, answer.state)
      const status = refusals.has(answer.error) ? 'denied' : 'failed'
      return landing(ctx, row, { status, error: errorWord(answer.error) })
    }
    const [account] = await finish(ctx, starter(row, origin), row, answer.state, answer.code ?? '')
    if (!account) throw new Error('A finished consent has an account')
    const status = account.state === 'choosing' ? 'choosing' : 'connected'
    return landing(ctx, row, { status, accountId: account.id })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return landing(ctx, row, { status: 'failed', error: error.rule, message: error.message })
  }
}

/**
 * Exchanges the code that a dialect's caller got back (C47, D3). The state must have been begun in the same dialect, in
 * a workspace where the caller may connect accounts. These dialects know no choosing: every page or channel that the
 * person opened in the consent is connected.
 */
export async function finishConnecting(
  ctx: Context,
  actor: Actor,
  {
    state,
    code,
    network,
    workspaceId,
  }: { state: string; code: string; network?: string; workspaceId?: string },
): Promise<Account[]> {
  const row = await oauthState(ctx.db, state)
  if (!row || row.dialect !== actor.dialect || row.network !== (network ?? row.network)) throw badState()
  if (row.workspaceId !== (workspaceId ?? row.workspaceId)) throw badState()
  return finish(ctx, actor, row, state, code)
}

async function finish(
  ctx: Context,
  actor: Actor,
  row: OAuthState,
  state: string,
  code: string,
): Promise<Account[]> {
  const place = await requireBrandPlace(ctx.db, actor, row.brandId, 'accounts.connect')
  const network = requireNetwork(ctx, row.network)
  await spend(ctx, state)
  if (code === '')
    throw new Refusal('invalid', `${network.name} sent no code back. Connect the account again.`)
  const { codeVerifier, appId } = ctx.vault.open(row.secret, 'oauth-state') as Kept
  const connected = await exchange(ctx, network, row, place.workspaceMode, { code, codeVerifier, appId })
  const opened: Opened = { place, network, appId, userId: row.userId }
  return transaction(ctx.db, async (tx) => {
    await requireBrandPlace(tx, actor, row.brandId, 'accounts.connect')
    if (row.accountId) return [await reconnect(ctx, tx, actor, opened, connected, row.accountId)]
    if (row.dialect !== 'mypost') return keepEvery(ctx, tx, actor, opened, connected)
    return [await keepConnected(ctx, tx, actor, opened, connected)]
  })
}

interface Kept {
  codeVerifier: string
  appId: string | null
}

async function exchange(
  ctx: Context,
  network: Network,
  row: OAuthState,
  mode: 'live' | 'sandbox',
  { code, codeVerifier, appId }: Kept & { code: string },
): Promise<Connected[]> {
  if (network.connect.kind !== 'oauth') throw new Error(`${network.id} has no consent to finish`)
  const app = await appOfConsent(ctx, network, mode, appId)
  if (!app) throw notConfigured(network)
  const settings = row.settings as Record<string, Json>
  const result = await network.connect.exchange(
    connectContext(ctx, network, mode, settings, app.credentials, stopAfter()),
    { code, codeVerifier, redirectUri: redirectUriOf(ctx, network) },
  )
  if (result.outcome === 'done') return result.value
  // The server may have forgotten the app we registered there; the next consent registers it anew.
  if (appId && result.failure.class === 'administrator') await forgetNetworkApp(ctx.db, appId)
  throw failureRefusal(result.failure, 'code')
}

/** The same outside account gets the fresh credential under its id; any other one is refused by name. */
export async function reconnect(
  ctx: Context,
  tx: Db,
  actor: Actor,
  opened: Opened,
  connected: Connected[],
  accountId: string,
): Promise<Account> {
  const account = await lockAccount(tx, accountId)
  if (!account || account.state === 'disconnected') throw notFound('Account', accountId)
  const same = connected.find((one) => one.externalId === account.externalId)
  if (same) return renew(ctx, tx, actor, opened, same, account)
  const others = connected.map((one) => `"${one.name}"`).join(', ') || 'no account'
  const message = `This account is "${account.name}", but ${opened.network.name} gave access to ${others}. Sign in there as "${account.name}" and reconnect again.`
  throw new Refusal('invalid', message, {
    rule: 'different_account',
    issues: [{ path: 'network', rule: 'different_account', message, accountId }],
  })
}

/** The state is good for one exchange, also of two that come at the same instant. */
async function spend(ctx: Context, state: string): Promise<void> {
  if (!(await spendOAuthState(ctx.db, state, ctx.clock.now()))) throw badState()
}

const badState = () =>
  new Refusal(
    'invalid',
    'This state is unknown, was used already, or is older than ten minutes. Begin again.',
    {
      rule: 'oauth_state',
      issues: [{ path: 'state', rule: 'oauth_state', message: 'Unknown, used, or older than ten minutes' }],
    },
  )

/** The person who began, as the browser that comes back carries no credential of ours. */
function starter(row: OAuthState, origin: Omit<Origin, 'dialect'>): Actor {
  if (!row.userId) throw badState()
  return {
    kind: 'user',
    userId: row.userId,
    sessionId: 'consent',
    isInstanceAdmin: false,
    ...origin,
    dialect: 'mypost',
  }
}

async function handOver(ctx: Context, row: OAuthState, answer: ConsentAnswer): Promise<Landing> {
  if (answer.error) await spendOAuthState(ctx.db, answer.state, ctx.clock.now())
  if (!row.redirectUrl) throw new Error(`A consent of ${row.dialect} was begun without a callback`)
  const error = answer.error ? { error: errorWord(answer.error) } : { code: answer.code ?? '' }
  return { outcome: 'redirect', url: withQuery(row.redirectUrl, { ...error, state: answer.state }) }
}

interface Result {
  status: 'connected' | 'choosing' | 'denied' | 'failed'
  accountId?: string
  error?: string
  message?: string
}

function landing(ctx: Context, row: OAuthState, result: Result): Landing {
  if (row.redirectUrl)
    return {
      outcome: 'redirect',
      url: withQuery(row.redirectUrl, { network: row.network, ...result }),
    }
  const name = ctx.networks.get(row.network)?.name ?? row.network
  switch (result.status) {
    case 'connected':
      return {
        outcome: 'page',
        connected: true,
        title: 'Connected',
        message: `Your ${name} account is connected. You can close this window.`,
      }
    case 'choosing':
      return {
        outcome: 'page',
        connected: true,
        title: 'Almost there',
        message: `${name} opened several accounts. Go back and choose which of them to connect.`,
      }
    case 'denied':
      return {
        outcome: 'page',
        connected: false,
        title: 'Not connected',
        message: `You did not allow access, so nothing was connected. You can close this window.`,
      }
    case 'failed':
      return {
        outcome: 'page',
        connected: false,
        title: 'Not connected',
        message: result.message ?? 'Connect the account again.',
      }
  }
}

function withQuery(address: string, query: object): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value))
  return url.href
}

/** How networks say that the person said no: RFC 6749 and LinkedIn's two own words. */
const refusals = new Set(['access_denied', 'user_cancelled_login', 'user_cancelled_authorize'])

/** What the network sent stands in an address we make, so only a plain word passes. */
const errorWord = (error: string) => (/^[a-z0-9_.-]{1,60}$/i.test(error) ? error : 'error')

/** What Instagram and Threads have in common in connecting: a token of an hour becomes one of 60 days. */
import type { Failure } from '../domain/delivery.ts'
import { asCount, asString, type GraphNetwork, graphFailure, graphObject, sendGraph } from './graph-api.ts'
import type { AccountContext, AppCredentials, ConnectContext, Outcome } from './network.ts'

export interface LongToken {
  token: string
  expiresAt: Date | null
}

/**
 * Exchanges or renews a token. These calls want the token, and the exchange the app's secret, in the address; no
 * others do.
 * @param path `access_token` or `refresh_access_token`
 */
export async function longToken(
  ctx: ConnectContext | AccountContext,
  network: GraphNetwork,
  path: string,
  query: Record<string, string>,
): Promise<Outcome<LongToken>> {
  const answer = await sendGraph(ctx, null, { method: 'GET', path: `/${path}`, query })
  const token = asString(graphObject(answer)?.access_token)
  if (!token) return { outcome: 'failed', failure: graphFailure(network, answer, 'renew the access') }
  const seconds = asCount(graphObject(answer)?.expires_in)
  return {
    outcome: 'done',
    value: {
      token,
      expiresAt: seconds === undefined ? null : new Date(ctx.now().getTime() + seconds * 1000),
    },
  }
}

/** A bad code says nothing of an account: there is none yet. */
export const codeFailure = (network: GraphNetwork, failure: Failure): Failure =>
  failure.class === 'reconnect' || failure.class === 'permanent'
    ? {
        ...failure,
        class: 'permanent',
        rule: `${network.id}.code_refused`,
        remedy: 'Connect the account again.',
      }
    : failure

export function appOf(ctx: ConnectContext | AccountContext, network: GraphNetwork): AppCredentials {
  if (!ctx.app) throw new Error(`${network.name} needs an app`)
  return ctx.app
}

/** The address of a consent page, as RFC 6749 has it, with scopes the way Meta separates them. */
export function consentAddress(
  page: string,
  app: AppCredentials,
  { redirectUri, state, scopes }: { redirectUri: string; state: string; scopes: string[] },
): string {
  const url = new URL(page)
  url.searchParams.set('client_id', app.clientId)
  url.searchParams.set('redirect_uri', redirectUri)
  url.searchParams.set('scope', scopes.join(','))
  url.searchParams.set('response_type', 'code')
  url.searchParams.set('state', state)
  return url.href
}

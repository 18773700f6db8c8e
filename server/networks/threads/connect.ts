import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import { asCount, asId, asRecord, asString, graphFailure, graphObject, sendGraph } from '../graph-api.ts'
import type {
  AccountContext,
  AppCredentials,
  ConnectContext,
  Connected,
  FreshSecret,
  OAuthConnect,
  Outcome,
} from '../network.ts'
import { sealedSecret, threadsGraph, tokenOf, version } from './api.ts'
import { profileFields, profileOf } from './profile.ts'

const scopes = [
  'threads_basic',
  'threads_content_publish',
  'threads_manage_replies',
  'threads_read_replies',
  'threads_manage_insights',
  'threads_delete',
]

const day = 86_400_000

/**
 * Consent, then a token of an hour, then one of 60 days, which is renewed with itself as long as it has not run out
 * (docs/threads/get-started, read 2026-11-22). Threads takes back no tokens over its API: people do that in their
 * settings.
 */
export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: false,
  scopes,
  settings: Type.Object({}, { additionalProperties: false }),
  authorizeUrl(ctx, { redirectUri, state, scopes }) {
    const url = new URL(`${ctx.origin('web')}/oauth/authorize`)
    url.searchParams.set('client_id', appOf(ctx).clientId)
    url.searchParams.set('redirect_uri', redirectUri)
    url.searchParams.set('scope', scopes.join(','))
    url.searchParams.set('response_type', 'code')
    url.searchParams.set('state', state)
    return url.href
  },
  exchange,
  refresh,
  // A token must be a day old to be renewed, and 60 days is its life: two weeks leave many tries.
  refreshBeforeMs: 14 * day,
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string },
): Promise<Outcome<Connected[]>> {
  const app = appOf(ctx)
  const short = await sendGraph(ctx, null, {
    method: 'POST',
    path: '/oauth/access_token',
    form: {
      client_id: app.clientId,
      client_secret: app.clientSecret ?? '',
      grant_type: 'authorization_code',
      redirect_uri: grant.redirectUri,
      code: grant.code,
    },
  })
  const shortToken = asString(graphObject(short)?.access_token)
  if (!shortToken) return failed(consentFailure(graphFailure(threadsGraph, short, 'give access')))
  const long = await longToken(ctx, 'access_token', {
    grant_type: 'th_exchange_token',
    client_secret: app.clientSecret ?? '',
    access_token: shortToken,
  })
  if (long.outcome === 'failed') return long
  const { token, expiresAt } = long.value
  const me = await sendGraph(ctx, token, {
    method: 'GET',
    path: `${version}/me`,
    query: { fields: profileFields },
  })
  const person = asRecord(graphObject(me))
  const id = asId(person?.id)
  if (!person || !id) return failed(graphFailure(threadsGraph, me, 'say who the account is'))
  return {
    outcome: 'done',
    value: [
      {
        ...profileOf(person),
        externalId: id,
        kind: 'profile',
        secret: sealedSecret(token),
        tokenExpiresAt: expiresAt,
        scopes,
        settings: {},
      },
    ],
  }
}

async function refresh(ctx: AccountContext): Promise<Outcome<FreshSecret>> {
  const fresh = await longToken(ctx, 'refresh_access_token', {
    grant_type: 'th_refresh_token',
    access_token: await tokenOf(ctx),
  })
  if (fresh.outcome === 'failed') return fresh
  const { token, expiresAt } = fresh.value
  return { outcome: 'done', value: { secret: sealedSecret(token), expiresAt } }
}

/** These two calls want token and app secret in the address; no others do. */
async function longToken(
  ctx: ConnectContext | AccountContext,
  path: string,
  query: Record<string, string>,
): Promise<Outcome<{ token: string; expiresAt: Date | null }>> {
  const answer = await sendGraph(ctx, null, { method: 'GET', path: `/${path}`, query })
  const token = asString(graphObject(answer)?.access_token)
  if (!token) return failed(graphFailure(threadsGraph, answer, 'renew the access'))
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
const consentFailure = (failure: Failure): Failure =>
  failure.class === 'reconnect' || failure.class === 'permanent'
    ? { ...failure, class: 'permanent', rule: 'threads.code_refused', remedy: 'Connect the account again.' }
    : failure

const failed = (failure: Failure): { outcome: 'failed'; failure: Failure } => ({ outcome: 'failed', failure })

function appOf(ctx: ConnectContext): AppCredentials {
  if (!ctx.app) throw new Error('Threads needs an app')
  return ctx.app
}

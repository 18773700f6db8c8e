import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import { asId, asRecord, asString, graphFailure, graphObject, sendGraph } from '../graph-api.ts'
import { appOf, codeFailure, consentAddress, longToken } from '../graph-tokens.ts'
import type {
  AccountContext,
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
  authorizeUrl: (ctx, request) =>
    consentAddress(`${ctx.origin('web')}/oauth/authorize`, appOf(ctx, threadsGraph), request),
  exchange,
  refresh,
  // A token must be a day old to be renewed, and 60 days is its life: two weeks leave many tries.
  refreshBeforeMs: 14 * day,
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string },
): Promise<Outcome<Connected[]>> {
  const app = appOf(ctx, threadsGraph)
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
  if (!shortToken) return failed(codeFailure(threadsGraph, graphFailure(threadsGraph, short, 'give access')))
  const long = await longToken(ctx, threadsGraph, 'access_token', {
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
  const fresh = await longToken(ctx, threadsGraph, 'refresh_access_token', {
    grant_type: 'th_refresh_token',
    access_token: await tokenOf(ctx),
  })
  if (fresh.outcome === 'failed') return fresh
  const { token, expiresAt } = fresh.value
  return { outcome: 'done', value: { secret: sealedSecret(token), expiresAt } }
}

const failed = (failure: Failure): { outcome: 'failed'; failure: Failure } => ({ outcome: 'failed', failure })

import { Type } from 'typebox'
import type {
  AccountContext,
  AccountMetrics,
  AccountProfile,
  ConnectContext,
  Connected,
  Done,
  OAuthConnect,
  Outcome,
} from '../network.ts'
import { asNumber, asRecord, asString, dataOf } from './answers.ts'
import { creatorLimits, readCreator } from './creator.ts'
import { failureOf } from './failure.ts'
import { askForTokens, callApi, exchangeRefreshToken, secretOf, send } from './request.ts'

const scopes = [
  'user.info.basic',
  'user.info.profile',
  'user.info.stats',
  'video.publish',
  'video.upload',
  'video.list',
]

export const connect: OAuthConnect = {
  kind: 'oauth',
  // For desktop and mobile apps; a server proves itself by its secret (login-kit-web).
  pkce: false,
  scopes,
  settings: Type.Object({}, { additionalProperties: false }),
  authorizeUrl(ctx, { redirectUri, state, scopes: asked }) {
    const url = new URL(`${ctx.origin('web')}/v2/auth/authorize/`)
    url.searchParams.set('client_key', ctx.app?.clientId ?? '')
    url.searchParams.set('scope', asked.join(','))
    url.searchParams.set('response_type', 'code')
    url.searchParams.set('redirect_uri', redirectUri)
    url.searchParams.set('state', state)
    return url.href
  },
  exchange,
  refresh: async (ctx) => {
    const fresh = await exchangeRefreshToken(ctx, ctx.app, await ctx.secret.current())
    if (fresh.outcome === 'failed') return fresh
    return { outcome: 'done', value: { secret: fresh.value.secret, expiresAt: fresh.value.expiresAt } }
  },
  // Access tokens live for a day.
  refreshBeforeMs: 2 * 60 * 60_000,
  revoke,
}

async function exchange(
  ctx: ConnectContext,
  { code, redirectUri }: { code: string; redirectUri: string },
): Promise<Outcome<Connected[]>> {
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
  const tokens = await askForTokens(ctx, ctx.app, grant)
  if (tokens.outcome === 'failed') return tokens
  const { secret, expiresAt, openId, scopes: granted } = tokens.value
  const { accessToken } = secretOf(secret)
  const user = await send(ctx, accessToken, {
    method: 'GET',
    path: '/v2/user/info/',
    query: { fields: profileFields },
  })
  const profile = profileOf(dataOf(user)?.user)
  if (!profile) return { outcome: 'failed', failure: failureOf(user, 'show the profile') }
  const creator = await readCreator((request) => send(ctx, accessToken, request))
  if (creator.outcome === 'failed') return creator
  const account: Connected = {
    ...profile,
    limits: creatorLimits(creator.value),
    externalId: openId,
    kind: 'profile',
    secret,
    tokenExpiresAt: expiresAt,
    scopes: granted.length > 0 ? granted : scopes,
    settings: {},
  }
  return { outcome: 'done', value: [account] }
}

const profileFields = 'open_id,display_name,username,avatar_url,profile_deep_link'

function profileOf(value: unknown): AccountProfile | null {
  const user = asRecord(value)
  if (!user) return null
  const handle = asString(user.username) ?? null
  return {
    name: asString(user.display_name) ?? handle ?? 'TikTok',
    handle,
    profileImageUrl: asString(user.avatar_url) ?? null,
    profileUrl: asString(user.profile_deep_link) ?? null,
  }
}

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const user = await callApi(ctx, { method: 'GET', path: '/v2/user/info/', query: { fields: profileFields } })
  const profile = profileOf(dataOf(user)?.user)
  if (!profile) return { outcome: 'failed', failure: failureOf(user, 'show the profile') }
  const creator = await readCreator((request) => callApi(ctx, request))
  if (creator.outcome === 'failed') return creator
  return { outcome: 'done', value: { ...profile, limits: creatorLimits(creator.value) } }
}

export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const fields = 'follower_count,following_count,likes_count,video_count'
  const answer = await callApi(ctx, { method: 'GET', path: '/v2/user/info/', query: { fields } })
  const user = asRecord(dataOf(answer)?.user)
  if (!user) return { outcome: 'failed', failure: failureOf(answer, 'count the followers') }
  return {
    outcome: 'done',
    value: {
      followers: asNumber(user.follower_count),
      following: asNumber(user.following_count),
      posts: asNumber(user.video_count),
      raw: user,
    },
  }
}

async function revoke(ctx: AccountContext): Promise<Done> {
  const { accessToken } = secretOf(await ctx.secret.current())
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/v2/oauth/revoke/`,
    form: {
      client_key: ctx.app?.clientId ?? '',
      client_secret: ctx.app?.clientSecret ?? '',
      token: accessToken,
    },
    signal: ctx.signal,
  })
  if (answer.kind === 'answer' && (answer.ok || answer.status === 401))
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'end the access') }
}

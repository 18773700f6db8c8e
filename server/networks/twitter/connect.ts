import { Type } from 'typebox'
import type { HttpAnswer } from '../../net/http.ts'
import { asNumber, asRecord, asString, at } from '../../net/read-json.ts'
import type {
  AccountContext,
  AccountMetrics,
  AccountProfile,
  ConnectContext,
  Connected,
  Done,
  Json,
  OAuthConnect,
  Outcome,
} from '../network.ts'
import { failureOf, wordsOf } from './failure.ts'
import { limitsFor } from './limits.ts'
import {
  askedFailure,
  authorized,
  exchangeRefreshToken,
  parseSecret,
  readTimeoutMs,
  readTokens,
  tokenRequest,
} from './session.ts'

/** openapi.json 2.167: what reading, writing, uploading and renewing need. */
const scopes = ['tweet.read', 'tweet.write', 'users.read', 'media.write', 'offline.access']

export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: true,
  scopes,
  settings: Type.Object({}, { additionalProperties: false }),
  authorizeUrl(ctx, { redirectUri, state, codeChallenge, scopes: asked }) {
    const url = new URL(`${ctx.origin('authorize')}/i/oauth2/authorize`)
    url.searchParams.set('response_type', 'code')
    url.searchParams.set('client_id', ctx.app?.clientId ?? '')
    url.searchParams.set('redirect_uri', redirectUri)
    url.searchParams.set('scope', asked.join(' '))
    url.searchParams.set('state', state)
    url.searchParams.set('code_challenge', codeChallenge)
    url.searchParams.set('code_challenge_method', 'S256')
    return url.href
  },
  exchange,
  refresh: async (ctx) => exchangeRefreshToken(ctx, await ctx.secret.current()),
  // Access lasts two hours.
  refreshBeforeMs: 15 * 60_000,
  revoke,
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string; codeVerifier: string },
): Promise<Outcome<Connected[]>> {
  const answer = await ctx.http.send(
    tokenRequest(ctx, {
      grant_type: 'authorization_code',
      code: grant.code,
      redirect_uri: grant.redirectUri,
      code_verifier: grant.codeVerifier,
    }),
  )
  const tokens = readTokens(answer, ctx.now())
  if (!tokens) return { outcome: 'failed', failure: codeFailure(answer, ctx.now()) }
  const me = await ctx.http.send({
    ...meRequest(ctx),
    headers: { authorization: `Bearer ${tokens.secret.accessToken}` },
  })
  const user = userIn(me)
  if (!user) return { outcome: 'failed', failure: failureOf(me, 'read the account', ctx.now()) }
  const account: Connected = {
    ...profileOf(ctx, user),
    externalId: String(user.id),
    kind: 'profile',
    secret: tokens.secret,
    tokenExpiresAt: tokens.expiresAt,
    scopes: tokens.scopes.length > 0 ? tokens.scopes : scopes,
    settings: {},
  }
  return { outcome: 'done', value: [account] }
}

function codeFailure(answer: HttpAnswer, now: Date) {
  const failure = failureOf(answer, 'take the consent', now)
  if (answer.kind !== 'answer' || (answer.status !== 400 && answer.status !== 401)) return failure
  const name = asString(asRecord(answer.json)?.error)
  if (name === 'invalid_client' || name === 'unauthorized_client')
    return {
      ...failure,
      class: 'administrator' as const,
      rule: 'twitter.app_refused',
      remedy: 'Check TWITTER_CLIENT_ID and TWITTER_CLIENT_SECRET against the X developer console.',
    }
  return {
    ...failure,
    class: 'permanent' as const,
    rule: 'twitter.code_refused',
    message: `X refused the consent: ${wordsOf(answer) || answer.status}`,
    remedy: 'Connect again; a consent is good once and for 30 seconds.',
  }
}

const meRequest = (ctx: Pick<ConnectContext, 'origin' | 'signal'>) => ({
  method: 'GET' as const,
  url: `${ctx.origin()}/2/users/me`,
  query: { 'user.fields': 'profile_image_url,public_metrics,subscription_type' },
  timeoutMs: readTimeoutMs,
  signal: ctx.signal,
})

const userIn = (answer: HttpAnswer) => {
  const user = answer.kind === 'answer' && answer.ok ? asRecord(at(answer.json, 'data')) : undefined
  return user?.id ? user : undefined
}

function profileOf(ctx: Pick<ConnectContext, 'origin'>, user: Record<string, unknown>): AccountProfile {
  const handle = asString(user.username) ?? String(user.id)
  return {
    name: asString(user.name) || handle,
    handle,
    // The address as told is of a thumbnail of 48 pixels.
    profileImageUrl: asString(user.profile_image_url)?.replace(/_normal(\.\w+)$/, '_400x400$1') ?? null,
    profileUrl: `${ctx.origin('web')}/${handle}`,
    limits: limitsFor(asString(user.subscription_type)),
  }
}

const askMe = (ctx: AccountContext) => authorized(ctx, () => meRequest(ctx))

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const asked = await askMe(ctx)
  const user = asked.kind === 'no_access' ? undefined : userIn(asked)
  if (!user) return { outcome: 'failed', failure: askedFailure(asked, 'read the account', ctx.now()) }
  return { outcome: 'done', value: profileOf(ctx, user) }
}

export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const asked = await askMe(ctx)
  const user = asked.kind === 'no_access' ? undefined : userIn(asked)
  if (!user) return { outcome: 'failed', failure: askedFailure(asked, 'count the followers', ctx.now()) }
  const counts = asRecord(user.public_metrics) ?? {}
  return {
    outcome: 'done',
    value: {
      followers: asNumber(counts.followers_count),
      following: asNumber(counts.following_count),
      // `post_count` since the renaming of 2026, `tweet_count` before.
      posts: asNumber(counts.post_count) ?? asNumber(counts.tweet_count),
      raw: counts as Record<string, Json>,
    },
  }
}

async function revoke(ctx: AccountContext): Promise<Done> {
  const { accessToken, refreshToken } = parseSecret(await ctx.secret.current())
  const token = refreshToken ?? accessToken
  const answer = await ctx.http.send(tokenRequest(ctx, { token }, '/2/oauth2/revoke'))
  if (answer.kind === 'answer' && (answer.ok || answer.status === 400 || answer.status === 401))
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'give up the access', ctx.now()) }
}

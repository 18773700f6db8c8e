import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import { asList, asRecord, asString, at } from '../../net/read-json.ts'
import type { AccountContext, ConnectContext, Connected, Done, OAuthConnect, Outcome } from '../network.ts'
import { readSecret } from '../oauth-request.ts'
import { type Granted, refresh, requestToken } from './access.ts'
import { failureOf } from './failure.ts'

/** Upload; change, delete and comment; read (youtube discovery document, rev. 20230321). */
const scopes = ['youtube.upload', 'youtube.force-ssl', 'youtube.readonly'].map(
  (name) => `https://www.googleapis.com/auth/${name}`,
)

export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: true,
  scopes,
  settings: Type.Object({}, { additionalProperties: false }),
  authorizeUrl(ctx, { redirectUri, state, codeChallenge, scopes: asked }) {
    const url = new URL(`${ctx.origin('accounts')}/o/oauth2/v2/auth`)
    url.searchParams.set('client_id', ctx.app?.clientId ?? '')
    url.searchParams.set('redirect_uri', redirectUri)
    url.searchParams.set('response_type', 'code')
    url.searchParams.set('scope', asked.join(' '))
    // Both are needed for a refresh token to come, also when the person has allowed the app before.
    url.searchParams.set('access_type', 'offline')
    url.searchParams.set('prompt', 'consent')
    url.searchParams.set('state', state)
    url.searchParams.set('code_challenge', codeChallenge)
    url.searchParams.set('code_challenge_method', 'S256')
    return url.href
  },
  exchange,
  refresh,
  // Tokens live an hour.
  refreshBeforeMs: 10 * 60_000,
  revoke,
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string; codeVerifier: string },
): Promise<Outcome<Connected[]>> {
  const { answer, granted } = await requestToken(ctx, {
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.redirectUri,
    code_verifier: grant.codeVerifier,
  })
  if (!granted) {
    const failure = failureOf(answer, 'exchange the code', ctx.now())
    const isRefusal =
      answer.kind === 'answer' && answer.status >= 400 && answer.status < 500 && answer.status !== 429
    return { outcome: 'failed', failure: isRefusal ? codeRefused(failure) : failure }
  }
  const missing = scopes.filter((scope) => granted.scopes.length > 0 && !granted.scopes.includes(scope))
  if (missing.length > 0) return { outcome: 'failed', failure: scopesMissing(missing) }
  return readChannels(ctx, granted)
}

const codeRefused = (failure: Failure): Failure => ({
  ...failure,
  class: 'permanent',
  rule: 'youtube.code_refused',
  remedy: 'Connect again; a consent is good once and for a few minutes.',
})

/** On Google's consent page each permission has a box of its own. */
const scopesMissing = (missing: string[]): Failure => ({
  class: 'permanent',
  rule: 'youtube.scope_missing',
  message: `Not everything was allowed: ${missing.map((scope) => scope.split('/').at(-1)).join(', ')} is missing.`,
  remedy: 'Connect again and tick every box on the page of Google.',
})

async function readChannels(ctx: ConnectContext, granted: Granted): Promise<Outcome<Connected[]>> {
  const answer = await ctx.http.send({
    method: 'GET',
    url: `${ctx.origin()}/youtube/v3/channels`,
    query: { part: 'snippet', mine: true, maxResults: 50 },
    headers: { authorization: `Bearer ${granted.secret.accessToken}` },
    signal: ctx.signal,
  })
  if (answer.kind !== 'answer' || !answer.ok)
    return { outcome: 'failed', failure: failureOf(answer, 'read the channel', ctx.now()) }
  const channels = asList(at(answer.json, 'items')).flatMap((item): Connected[] => {
    const id = asString(asRecord(item)?.id)
    if (!id) return []
    return [
      {
        externalId: id,
        kind: 'channel',
        ...channelProfile(item),
        secret: granted.secret,
        tokenExpiresAt: granted.expiresAt,
        scopes: granted.scopes.length > 0 ? granted.scopes : scopes,
        settings: {},
      },
    ]
  })
  if (channels.length > 0) return { outcome: 'done', value: channels }
  return {
    outcome: 'failed',
    failure: {
      class: 'permanent',
      rule: 'youtube.no_channel',
      message: 'This Google account has no YouTube channel.',
      remedy: 'Make a channel at YouTube, then connect again.',
    },
  }
}

/** How a channel resource shows in lists. */
export function channelProfile(channel: unknown) {
  const id = asString(at(channel, 'id')) ?? ''
  const title = asString(at(channel, 'snippet', 'title')) || id
  const picture = (size: string) => asString(at(channel, 'snippet', 'thumbnails', size, 'url'))
  return {
    name: title,
    handle: asString(at(channel, 'snippet', 'customUrl')) ?? null,
    profileImageUrl: picture('default') ?? picture('medium') ?? null,
    profileUrl: `https://www.youtube.com/channel/${id}`,
  }
}

/** Ends the grant; Google takes either token. One that it does not know any more is as good as revoked. */
async function revoke(ctx: AccountContext): Promise<Done> {
  const { accessToken, refreshToken } = readSecret(await ctx.secret.current())
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin('oauth')}/revoke`,
    form: { token: refreshToken ?? accessToken },
    signal: ctx.signal,
  })
  if (answer.kind === 'answer' && (answer.ok || answer.status === 400))
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'give up the access', ctx.now()) }
}

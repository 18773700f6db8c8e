import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'
import type {
  AccountContext,
  AppCredentials,
  ConnectContext,
  Connected,
  Done,
  OAuthConnect,
  Outcome,
} from '../network.ts'
import { failureOf, serverWords } from './failure.ts'
import { hostOf } from './instance.ts'
import { readProfile } from './profile.ts'

/** The name that the consent page and the list of apps on the server show. */
const appName = 'Fanfare'

/** The least that publishing, looking up and measuring need; `read:accounts` because `profile` is new in 4.3. */
const scopes = ['read:accounts', 'read:statuses', 'write:statuses', 'write:media']

export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: true,
  scopes,
  settings: Type.Object(
    {
      instanceUrl: Type.String({
        minLength: 1,
        maxLength: 300,
        title: 'Server',
        description:
          'The server the account is on: mastodon.social, https://mastodon.social or @me@mastodon.social.',
      }),
    },
    { additionalProperties: false },
  ),
  registerApp,
  authorizeUrl(ctx, { redirectUri, state, codeChallenge, scopes: asked }) {
    const url = new URL(`${ctx.origin()}/oauth/authorize`)
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
  refreshBeforeMs: null,
  revoke,
}

/** Registers an app at the server. Nobody sees it, so it may be repeated. */
async function registerApp(ctx: ConnectContext, redirectUri: string): Promise<Outcome<AppCredentials>> {
  const request = {
    client_name: appName,
    redirect_uris: redirectUri,
    scopes: scopes.join(' '),
  }
  const url = `${ctx.origin()}/api/v1/apps`
  const { signal } = ctx
  let answer = await ctx.http.send({ method: 'POST', url, json: request, signal })
  // Some servers read JSON only, some forms only; whichever does not understand answers with an error of its own.
  if (answer.kind === 'answer' && !credentialsIn(answer) && answer.status !== 429)
    answer = await ctx.http.send({ method: 'POST', url, form: request, signal })
  const app = credentialsIn(answer)
  if (!app) return { outcome: 'failed', failure: notAnInstance(answer, ctx) }
  await keepFromVacuum(ctx, app, redirectUri)
  return { outcome: 'done', value: app }
}

function credentialsIn(answer: HttpAnswer): AppCredentials | null {
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const clientId = asString(body?.client_id)
  const clientSecret = asString(body?.client_secret)
  return clientId && clientSecret ? { clientId, clientSecret } : null
}

/**
 * Mastodon before 4.3 deletes apps that never had a token, and with it every later consent would fail. A token of the
 * app itself keeps it (docs.joinmastodon.org/methods/apps, July 2026). Where that does not work nothing is lost yet.
 */
async function keepFromVacuum(ctx: ConnectContext, app: AppCredentials, redirectUri: string): Promise<void> {
  await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/oauth/token`,
    form: {
      grant_type: 'client_credentials',
      client_id: app.clientId,
      client_secret: app.clientSecret ?? '',
      redirect_uri: redirectUri,
      scope: scopes[0],
    },
    signal: ctx.signal,
  })
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string; codeVerifier: string },
): Promise<Outcome<Connected[]>> {
  if (!ctx.app) throw new Error('Exchanging a code needs the app it was given to')
  const { clientId, clientSecret } = ctx.app
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/oauth/token`,
    form: {
      grant_type: 'authorization_code',
      code: grant.code,
      client_id: clientId,
      client_secret: clientSecret ?? '',
      redirect_uri: grant.redirectUri,
      code_verifier: grant.codeVerifier,
    },
    signal: ctx.signal,
  })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const accessToken = asString(body?.access_token)
  if (!body || !accessToken) return { outcome: 'failed', failure: codeFailure(answer, ctx) }
  const instanceUrl = asString(ctx.settings.instanceUrl) ?? ctx.origin()
  const read = await readProfile({
    http: ctx.http,
    origin: ctx.origin(),
    instanceUrl,
    token: accessToken,
    signal: ctx.signal,
    now: ctx.now(),
  })
  if (read.outcome === 'failed') return read
  const { id, keepsIdempotencyKeys, ...profile } = read.value
  const account: Connected = {
    ...profile,
    externalId: `${id}@${hostOf(instanceUrl)}`,
    kind: 'profile',
    secret: { accessToken, clientId, clientSecret: clientSecret ?? '' },
    tokenExpiresAt: null,
    // A server that does not name the scopes granted what was asked (RFC 6749, 5.1).
    scopes: asString(body.scope)?.split(' ').filter(Boolean) ?? scopes,
    settings: { ...ctx.settings, instanceUrl, keepsIdempotencyKeys },
  }
  return { outcome: 'done', value: [account] }
}

function codeFailure(answer: HttpAnswer, ctx: ConnectContext): Failure {
  if (answer.kind !== 'answer' || answer.status === 429 || answer.status >= 500)
    return failureOf(answer, 'exchange the code', ctx.now())
  const code = asString(asRecord(answer.json)?.error)
  if (code === 'invalid_client')
    return {
      class: 'administrator',
      rule: 'mastodon.app_unknown',
      message: `${hostOf(ctx.origin())} does not know this app any more.`,
      remedy: 'Connect again; the app is then registered anew.',
    }
  return {
    class: 'permanent',
    rule: 'mastodon.code_refused',
    message: `${hostOf(ctx.origin())} refused the consent: ${serverWords(answer) ?? answer.status}`,
    remedy: 'Connect again; a consent is good once and for a few minutes.',
  }
}

const notAnInstance = (answer: HttpAnswer, ctx: ConnectContext): Failure => {
  const failure = failureOf(answer, 'register the app', ctx.now())
  if (answer.kind !== 'answer' || failure.class === 'rate_limited' || failure.class === 'transient')
    return failure
  return {
    class: 'permanent',
    rule: 'mastodon.not_an_instance',
    message: `${hostOf(ctx.origin())} does not take apps over the Mastodon API${serverWords(answer) ? `: ${serverWords(answer)}` : ` (${answer.status})`}`,
    remedy: 'Check the address of the server: it is the one the browser shows when you read your timeline.',
  }
}

/** The server forgets the token. One that it does not know any more is as good as revoked. */
async function revoke(ctx: AccountContext): Promise<Done> {
  const secret = asRecord(await ctx.secret.current())
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/oauth/revoke`,
    form: {
      client_id: asString(secret?.clientId) || ctx.app?.clientId,
      client_secret: asString(secret?.clientSecret) || (ctx.app?.clientSecret ?? undefined),
      token: asString(secret?.accessToken) ?? '',
    },
    signal: ctx.signal,
  })
  if (answer.kind === 'answer' && (answer.ok || answer.status === 401 || answer.status === 404))
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'give up the access', ctx.now()) }
}

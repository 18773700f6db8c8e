import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, ConnectContext, FreshSecret, Json, Outcome } from '../network.ts'
import { appUsedUp, failureOf, wordsOf } from './failure.ts'

export const readTimeoutMs = 15_000

/** Versions end about a year after they came (LinkedIn, versioning); 202609 is the newest seen, 19 September 2026. */
export const versionHeaders = { 'linkedin-version': '202609', 'x-restli-protocol-version': '2.0.0' }

export type Asked = HttpAnswer | { kind: 'no_access'; failure: Failure }
export const askedFailure = (asked: Asked, tried: string, now: Date): Failure =>
  asked.kind === 'no_access' ? asked.failure : failureOf(asked, tried, now)

export function parseSecret(secret: Json): { accessToken: string; refreshToken: string | null } {
  const { accessToken, refreshToken } = asRecord(secret) ?? {}
  return { accessToken: asString(accessToken) ?? '', refreshToken: asString(refreshToken) ?? null }
}

/** One request for the account. Only approved partners get refresh tokens; with one, a 401 is renewed once and repeated. */
export async function authorized(
  ctx: AccountContext,
  request: () => HttpRequest | Promise<HttpRequest>,
): Promise<Asked> {
  const held = await ctx.secret.current()
  const asking = await request()
  const first = await ctx.http.send(withToken(asking, held))
  // Each resource has a quota of its own: what reading numbers used up does not stop publishing.
  const used = asking.method === 'GET' ? null : appUsedUp(first, ctx.now())
  if (used) ctx.appBudget?.(used)
  if (first.kind !== 'answer' || first.status !== 401 || !parseSecret(held).refreshToken) return first
  const fresh = await ctx.secret.refresh(held, (secret) => exchangeRefreshToken(ctx, secret))
  if (fresh.outcome === 'failed') return { kind: 'no_access', failure: fresh.failure }
  return ctx.http.send(withToken(await request(), fresh.value))
}

/** A read of `/rest`, for the account. @param path below `/rest/`, with its query */
export const readRest = (ctx: AccountContext, path: string, headers: Record<string, string> = {}) =>
  authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}/rest/${path}`,
    headers,
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))

const withToken = (request: HttpRequest, secret: Json): HttpRequest => ({
  ...request,
  headers: {
    ...versionHeaders,
    ...request.headers,
    authorization: `Bearer ${parseSecret(secret).accessToken}`,
  },
})

export async function exchangeRefreshToken(ctx: AccountContext, secret: Json): Promise<Outcome<FreshSecret>> {
  const { refreshToken } = parseSecret(secret)
  const answer = await ctx.http.send(
    tokenRequest(ctx, { grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }),
  )
  const tokens = readTokens(answer, ctx.now())
  if (tokens) {
    // The answer brings the refresh token again; where it does not, the one in hand stays good.
    const secret = { ...tokens.secret, refreshToken: tokens.secret.refreshToken ?? refreshToken }
    return { outcome: 'done', value: { secret, expiresAt: tokens.expiresAt } }
  }
  const failure = failureOf(answer, 'renew the access', ctx.now())
  if (answer.kind !== 'answer' || (answer.status !== 400 && answer.status !== 401))
    return { outcome: 'failed', failure }
  const message = `LinkedIn does not renew the access to this account: ${wordsOf(answer) || answer.status}`
  const remedy = 'Reconnect the account.'
  return {
    outcome: 'failed',
    failure: { class: 'reconnect', rule: 'linkedin.access_refused', message, remedy },
  }
}

export const tokenRequest = (
  ctx: Pick<ConnectContext, 'origin' | 'app' | 'signal'>,
  form: Record<string, string>,
  path = '/oauth/v2/accessToken',
): HttpRequest => ({
  method: 'POST',
  url: `${ctx.origin('oauth')}${path}`,
  form: { ...form, client_id: ctx.app?.clientId ?? '', client_secret: ctx.app?.clientSecret ?? '' },
  timeoutMs: readTimeoutMs,
  signal: ctx.signal,
})

export function readTokens(answer: HttpAnswer, now: Date) {
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const accessToken = asString(body?.access_token)
  if (!accessToken) return null
  const seconds = asNumber(body?.expires_in)
  return {
    secret: { accessToken, refreshToken: asString(body?.refresh_token) ?? null },
    expiresAt: seconds === undefined ? null : new Date(now.getTime() + seconds * 1000),
    scopes: (asString(body?.scope) ?? '').split(/[ ,]+/).filter(Boolean),
  }
}

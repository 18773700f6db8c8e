import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, AppCredentials, FreshSecret, Json, Outcome } from '../network.ts'
import { failureOf, wordsOf } from './failure.ts'

export type TwitterSecret = { accessToken: string; refreshToken: string | null }

export const readTimeoutMs = 15_000

export type Asked = HttpAnswer | { kind: 'no_access'; failure: Failure }

export const askedFailure = (asked: Asked, tried: string, now: Date): Failure =>
  asked.kind === 'no_access' ? asked.failure : failureOf(asked, tried, now)

/**
 * One request for the account. Access lasts two hours; a request that is refused as unauthorized did nothing, so it is
 * repeated once with a renewed token.
 */
export async function authorized(
  ctx: AccountContext,
  request: () => HttpRequest | Promise<HttpRequest>,
): Promise<Asked> {
  const held = await ctx.secret.current()
  const first = await ctx.http.send(withToken(await request(), held))
  if (first.kind !== 'answer' || first.status !== 401 || !parseSecret(held).refreshToken) return first
  const fresh = await ctx.secret.refresh(held, (secret) => exchangeRefreshToken(ctx, secret))
  if (fresh.outcome === 'failed') return { kind: 'no_access', failure: fresh.failure }
  return ctx.http.send(withToken(await request(), fresh.value))
}

const withToken = (request: HttpRequest, secret: Json): HttpRequest => ({
  ...request,
  headers: { ...request.headers, authorization: `Bearer ${parseSecret(secret).accessToken}` },
})

export function parseSecret(secret: Json): TwitterSecret {
  const { accessToken, refreshToken } = asRecord(secret) ?? {}
  return { accessToken: asString(accessToken) ?? '', refreshToken: asString(refreshToken) ?? null }
}

/** Refresh tokens are used up by this (UNCONFIRMED in X's documents, and treated so). */
export async function exchangeRefreshToken(
  ctx: Pick<AccountContext, 'http' | 'origin' | 'app' | 'now' | 'signal'>,
  secret: Json,
): Promise<Outcome<FreshSecret>> {
  const { refreshToken } = parseSecret(secret)
  if (!refreshToken) return { outcome: 'failed', failure: accessEnded('X gave no leave to renew it') }
  const answer = await ctx.http.send(
    tokenRequest(ctx, { grant_type: 'refresh_token', refresh_token: refreshToken }),
  )
  const tokens = readTokens(answer, ctx.now())
  if (tokens) return { outcome: 'done', value: { secret: tokens.secret, expiresAt: tokens.expiresAt } }
  const failure = failureOf(answer, 'renew the access', ctx.now())
  // Only X's own no ends the connection; a blip or a limit does not.
  if (answer.kind === 'answer' && (answer.status === 400 || answer.status === 401))
    return { outcome: 'failed', failure: accessEnded(wordsOf(answer)) }
  return { outcome: 'failed', failure }
}

const accessEnded = (why: string): Failure => ({
  class: 'reconnect',
  rule: 'twitter.access_refused',
  message: `X does not renew the access to this account${why ? `: ${why}` : ''}.`,
  remedy: 'Reconnect the account.',
})

/** Apps with a secret prove themselves with Basic authentication, others by naming themselves. */
export function tokenRequest(
  ctx: Pick<AccountContext, 'origin' | 'app' | 'signal'>,
  form: Record<string, string>,
  path = '/2/oauth2/token',
): HttpRequest {
  return {
    method: 'POST',
    url: `${ctx.origin()}${path}`,
    headers: ctx.app?.clientSecret ? { authorization: basic(ctx.app) } : {},
    form: { ...form, client_id: ctx.app?.clientId ?? '' },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }
}

const basic = ({ clientId, clientSecret }: AppCredentials) =>
  `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret ?? '')}`).toString('base64')}`

export function readTokens(
  answer: HttpAnswer,
  now: Date,
): { secret: TwitterSecret; expiresAt: Date | null; scopes: string[] } | null {
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const accessToken = asString(body?.access_token)
  if (!accessToken) return null
  const seconds = asNumber(body?.expires_in)
  return {
    secret: { accessToken, refreshToken: asString(body?.refresh_token) ?? null },
    expiresAt: seconds === undefined ? null : new Date(now.getTime() + seconds * 1000),
    scopes: asString(body?.scope)?.split(' ').filter(Boolean) ?? [],
  }
}

import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, ConnectContext, FreshSecret, Json, Outcome } from '../network.ts'
import { budgetIn, failureOf, refusesToken } from './failure.ts'

/** What is kept of an account. Not the app password: the refresh token can do less, and can be ended alone. */
export type BlueskySecret = { accessJwt: string; refreshJwt: string }

/** Reads, sessions and lookups; uploads and writes say their own. */
export const readTimeoutMs = 15_000

/** An answer, or why there was no access to ask with. */
export type Asked = HttpAnswer | { kind: 'no_access'; failure: Failure }

export const askedFailure = (asked: Asked, tried: string, now: Date): Failure =>
  asked.kind === 'no_access' ? asked.failure : failureOf(asked, tried, now)

/**
 * One request with the account's token. Tokens live 2 hours: one that is refused is refreshed once and the request
 * repeated, which is safe for writes too, since the first did nothing. Whatever is still refused then stays refused.
 * @param request made anew for the repeat, so that a stream can be read from its start again.
 */
export async function authorized(
  ctx: AccountContext,
  request: () => HttpRequest | Promise<HttpRequest>,
): Promise<Asked> {
  const held = await ctx.secret.current()
  const first = await ctx.http.send(withToken(await request(), held))
  if (!refusesToken(first)) return counted(ctx, first)
  const fresh = await ctx.secret.refresh(held, (secret) => refreshSession(ctx, secret))
  if (fresh.outcome === 'failed') return { kind: 'no_access', failure: fresh.failure }
  return counted(ctx, await ctx.http.send(withToken(await request(), fresh.value)))
}

function counted(ctx: AccountContext, answer: HttpAnswer): HttpAnswer {
  const budget = budgetIn(answer, ctx.now())
  if (budget) ctx.budget?.(budget.left, budget.resetsAt)
  return answer
}

const withToken = (request: HttpRequest, secret: Json): HttpRequest => ({
  ...request,
  headers: { ...request.headers, authorization: `Bearer ${parseSecret(secret).accessJwt}` },
})

function parseSecret(secret: Json): BlueskySecret {
  const { accessJwt, refreshJwt } = asRecord(secret) ?? {}
  return { accessJwt: asString(accessJwt) ?? '', refreshJwt: asString(refreshJwt) ?? '' }
}

/**
 * A refresh token lives 90 days and is used up by this; the reference server lets the old one be used again for two
 * hours, so that an answer lost on the way back is no loss (account-manager.ts, rotateRefreshToken, 0.5.35).
 */
async function refreshSession(ctx: AccountContext, secret: Json): Promise<Outcome<FreshSecret>> {
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/xrpc/com.atproto.server.refreshSession`,
    headers: { authorization: `Bearer ${parseSecret(secret).refreshJwt}` },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
  const session = readSession(answer)
  if (session) return { outcome: 'done', value: { secret: session.secret, expiresAt: session.expiresAt } }
  const failure = failureOf(answer, 'renew the access', ctx.now())
  // Only the server's own no ends the connection; a blip, a limit or a strange page does not.
  if (failure.class !== 'permanent') return { outcome: 'failed', failure }
  return {
    outcome: 'failed',
    failure: {
      ...failure,
      class: 'reconnect',
      rule: 'bluesky.access_refused',
      remedy:
        'Reconnect the account with a new app password (Settings, Privacy and security, App passwords).',
    },
  }
}

export interface Session {
  secret: BlueskySecret
  did: string
  handle: string
  /** When the refresh token runs out: until then the account works without its person. */
  expiresAt: Date | null
  /** `com.atproto.appPass`, or `com.atproto.access` when it was the account's main password. */
  scope: string | null
  didDocument: unknown
}

export async function createSession(
  ctx: ConnectContext,
  service: string,
  identifier: string,
  password: string,
): Promise<{ session: Session } | { answer: HttpAnswer }> {
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${service}/xrpc/com.atproto.server.createSession`,
    json: { identifier, password },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
  const session = readSession(answer)
  return session ? { session } : { answer }
}

function readSession(answer: HttpAnswer): Session | null {
  if (answer.kind !== 'answer' || !answer.ok) return null
  const body = asRecord(answer.json)
  const accessJwt = asString(body?.accessJwt)
  const refreshJwt = asString(body?.refreshJwt)
  const did = asString(body?.did)
  if (!accessJwt || !refreshJwt || !did) return null
  const expires = asNumber(claimsOf(refreshJwt)?.exp)
  return {
    secret: { accessJwt, refreshJwt },
    did,
    handle: asString(body?.handle) ?? did,
    expiresAt: expires === undefined ? null : new Date(expires * 1000),
    scope: asString(claimsOf(accessJwt)?.scope) ?? null,
    didDocument: body?.didDoc,
  }
}

/** The claims of a token that came straight from its issuer, unverified. */
function claimsOf(jwt: string) {
  try {
    return asRecord(JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')))
  } catch {
    return undefined // a server may use tokens of another kind; then nothing is known of them
  }
}

/** Ends the session. The app password itself stays until its person removes it. */
export async function deleteSession(ctx: AccountContext): Promise<HttpAnswer> {
  const { refreshJwt } = parseSecret(await ctx.secret.current())
  return ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/xrpc/com.atproto.server.deleteSession`,
    headers: { authorization: `Bearer ${refreshJwt}` },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
}

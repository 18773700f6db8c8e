/** Requests with an OAuth 2 access token that runs out, for the networks whose tokens do. */
import type { Failure } from '../domain/delivery.ts'
import type { HttpAnswer, HttpRequest } from '../net/http.ts'
import { asRecord, asString } from '../net/read-json.ts'
import type { AccountContext, FreshSecret, Json, Outcome } from './network.ts'

/** What is kept, sealed, of an account. A type, not an interface: it must be assignable to Json. */
export type OAuthSecret = { accessToken: string; refreshToken: string | null }

/** An answer, or why there was no access to ask with. */
export type Asked = HttpAnswer | { kind: 'no_access'; failure: Failure }

/**
 * One request with the account's token. A token that is refused is refreshed once, by one process at a time, and the
 * request repeated: safe for writes too, since the first did nothing. What is still refused then stays refused.
 * @param request made anew for the repeat, so that a stream can be read from its start again.
 * @param refresh exchanges the refresh token of a secret for a new secret.
 */
export async function askWithToken(
  ctx: AccountContext,
  request: () => HttpRequest | Promise<HttpRequest>,
  refresh: (secret: OAuthSecret) => Promise<Outcome<FreshSecret>>,
): Promise<Asked> {
  const held = await ctx.secret.current()
  const first = await ctx.http.send(withToken(await request(), held))
  if (first.kind !== 'answer' || first.status !== 401) return first
  const fresh = await ctx.secret.refresh(held, (secret) => refresh(readSecret(secret)))
  if (fresh.outcome === 'failed') return { kind: 'no_access', failure: fresh.failure }
  return ctx.http.send(withToken(await request(), fresh.value))
}

const withToken = (request: HttpRequest, secret: Json): HttpRequest => ({
  ...request,
  headers: { ...request.headers, authorization: `Bearer ${readSecret(secret).accessToken}` },
})

export function readSecret(secret: Json): OAuthSecret {
  const { accessToken, refreshToken } = asRecord(secret) ?? {}
  return { accessToken: asString(accessToken) ?? '', refreshToken: asString(refreshToken) || null }
}

import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, Json } from '../network.ts'

/**
 * The credential of an account. The app's secret is kept beside the token because revoking needs the very app that
 * the token was given to, and an operator may have replaced it since.
 */
export interface MastodonSecret {
  accessToken: string
  clientId: string
  clientSecret: string
}

/** One request for the account, with its token. */
export async function send(
  ctx: AccountContext,
  { path, ...request }: Omit<HttpRequest, 'url' | 'signal'> & { path: string },
): Promise<HttpAnswer> {
  return ctx.http.send({
    ...request,
    url: ctx.origin() + path,
    headers: { ...request.headers, authorization: `Bearer ${accessToken(await ctx.secret.current())}` },
    signal: ctx.signal,
  })
}

export const accessToken = (secret: Json): string => asString(asRecord(secret)?.accessToken) ?? ''

/** `externalId` is `<id>@<host>`, because ids repeat between servers; the API wants the first half. */
export const accountIdOf = (externalId: string) => externalId.slice(0, externalId.lastIndexOf('@'))

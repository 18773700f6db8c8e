import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import type {
  AccountContext,
  AppCredentials,
  ConnectContext,
  FreshSecret,
  Json,
  Outcome,
} from '../network.ts'
import { asNumber, asRecord, asString, errorCodeOf } from './answers.ts'
import { failureOf } from './failure.ts'

export type TikTokSecret = { accessToken: string; refreshToken: string }

export const secretOf = (secret: Json) => secret as TikTokSecret

type Request = Pick<HttpRequest, 'method' | 'json' | 'query' | 'timeoutMs'> & { path: string }

/**
 * One call for the account. A token that has run out is refreshed once and the call made again: the first did nothing.
 * What cannot be refreshed comes back as the answer that said so.
 */
export async function callApi(ctx: AccountContext, request: Request): Promise<HttpAnswer> {
  const secret = secretOf(await ctx.secret.current())
  const answer = await send(ctx, secret.accessToken, request)
  if (errorCodeOf(answer) !== 'access_token_invalid') return answer
  const renewed = await ctx.secret.refresh(secret, (stale) => exchangeRefreshToken(ctx, ctx.app, stale))
  return renewed.outcome === 'done' ? send(ctx, secretOf(renewed.value).accessToken, request) : answer
}

export function send(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  accessToken: string,
  { path, ...request }: Request,
): Promise<HttpAnswer> {
  return ctx.http.send({
    ...request,
    url: ctx.origin() + path,
    headers: { authorization: `Bearer ${accessToken}` },
    signal: ctx.signal,
  })
}

export const exchangeRefreshToken = (
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal' | 'now'>,
  app: AppCredentials | null,
  stale: Json,
): Promise<Outcome<FreshSecret & { openId: string; scopes: string[] }>> =>
  askForTokens(ctx, app, { grant_type: 'refresh_token', refresh_token: secretOf(stale).refreshToken })

/** `POST /v2/oauth/token/`; the refresh token that comes back may be another, and always replaces the old one. */
export async function askForTokens(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal' | 'now'>,
  app: AppCredentials | null,
  grant: Record<string, string>,
): Promise<Outcome<FreshSecret & { openId: string; scopes: string[] }>> {
  if (!app) throw new Error('TikTok tokens need the app they are given to')
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/v2/oauth/token/`,
    form: { client_key: app.clientId, client_secret: app.clientSecret ?? '', ...grant },
    signal: ctx.signal,
  })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const accessToken = asString(body?.access_token)
  const refreshToken = asString(body?.refresh_token)
  if (!body || !accessToken || !refreshToken)
    return { outcome: 'failed', failure: failureOf(answer, 'give access to the account') }
  const seconds = asNumber(body.expires_in) ?? 86_400
  return {
    outcome: 'done',
    value: {
      secret: { accessToken, refreshToken } satisfies TikTokSecret,
      expiresAt: new Date(ctx.now().getTime() + seconds * 1000),
      openId: asString(body.open_id) ?? '',
      scopes: (asString(body.scope) ?? '').split(',').filter(Boolean),
    },
  }
}

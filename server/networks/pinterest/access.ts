import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type {
  AccountContext,
  AppCredentials,
  ConnectContext,
  FreshSecret,
  Json,
  Outcome,
} from '../network.ts'
import { type Asked, askWithToken, type OAuthSecret, readSecret } from '../oauth-request.ts'
import { failureOf } from './failure.ts'

/** One request for the account, below `/v5`; its token is renewed when it was refused. */
export const ask = (
  ctx: AccountContext,
  { path, ...request }: Omit<HttpRequest, 'url' | 'signal'> & { path: string },
): Promise<Asked> =>
  askWithToken(
    ctx,
    () => ({ ...request, url: ctx.origin() + path, signal: ctx.signal }),
    (secret) => renew(ctx, secret),
  )

/** What a token answer opens. */
export interface Granted {
  secret: OAuthSecret
  expiresAt: Date | null
  scopes: string[]
}

/** One request to the token endpoint, as the app. */
export async function requestToken(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'now' | 'signal'> & { app: AppCredentials | null },
  form: Record<string, string>,
): Promise<{ answer: HttpAnswer; granted: Granted | null }> {
  if (!ctx.app) throw new Error('Pinterest gives tokens to a registered app only')
  const basic = Buffer.from(`${ctx.app.clientId}:${ctx.app.clientSecret ?? ''}`).toString('base64')
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin()}/oauth/token`,
    headers: { authorization: `Basic ${basic}` },
    form,
    signal: ctx.signal,
  })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const accessToken = asString(body?.access_token)
  if (!body || !accessToken) return { answer, granted: null }
  const expiresIn = asNumber(body.expires_in)
  return {
    answer,
    granted: {
      secret: { accessToken, refreshToken: asString(body.refresh_token) ?? form.refresh_token ?? null },
      expiresAt: expiresIn === undefined ? null : new Date(ctx.now().getTime() + expiresIn * 1000),
      scopes:
        asString(body.scope)
          ?.split(/[\s,]+/)
          .filter(Boolean) ?? [],
    },
  }
}

/** Also what the engine calls ahead of time. Whatever refresh token comes back is the one to keep. */
export const refresh = async (ctx: AccountContext): Promise<Outcome<FreshSecret>> =>
  renew(ctx, readSecret(await ctx.secret.current()))

async function renew(ctx: AccountContext, { refreshToken }: OAuthSecret): Promise<Outcome<FreshSecret>> {
  if (!refreshToken) return { outcome: 'failed', failure: accessEnded('There is nothing to renew it with.') }
  const { answer, granted } = await requestToken(ctx, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  })
  if (granted) {
    const secret: Json = granted.secret
    return { outcome: 'done', value: { secret, expiresAt: granted.expiresAt } }
  }
  const failure = failureOf(answer, 'renew the access', ctx.now())
  // Only Pinterest's own no ends the connection; a blip or a limit does not.
  const isRefusal = answer.kind === 'answer' && [400, 401, 403].includes(answer.status)
  return { outcome: 'failed', failure: isRefusal ? accessEnded(failure.message) : failure }
}

const accessEnded = (message: string) => ({
  class: 'reconnect' as const,
  rule: 'pinterest.token_invalid',
  message,
  remedy: 'Reconnect the account; its access was revoked or has ended.',
})

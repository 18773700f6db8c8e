import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, AppCredentials, ConnectContext, FreshSecret, Outcome } from '../network.ts'
import { type Asked, askWithToken, type OAuthSecret, readSecret } from '../oauth-request.ts'
import { failureOf, quotaRule } from './failure.ts'

/** One request for the channel; its token is renewed when it was refused. Made anew for a repeat. */
export async function ask(ctx: AccountContext, request: () => Omit<HttpRequest, 'signal'>): Promise<Asked> {
  const asked = await askWithToken(
    ctx,
    () => ({ ...request(), signal: ctx.signal }),
    (secret) => renew(ctx, secret),
  )
  const failure =
    asked.kind === 'answer' && asked.status === 403 ? failureOf(asked, 'go on', ctx.now()) : null
  // The quota is the project's, whichever channel used it up. No header tells how much is left.
  if (failure?.rule === quotaRule && failure.retryAfterMs !== undefined)
    ctx.appBudget?.({ left: 0, resetsAt: new Date(ctx.now().getTime() + failure.retryAfterMs) })
  return asked
}

/** A request below `/youtube/v3`. */
export const askApi = (
  ctx: AccountContext,
  { path, ...request }: Omit<HttpRequest, 'url' | 'signal'> & { path: string },
): Promise<Asked> => ask(ctx, () => ({ ...request, url: `${ctx.origin()}/youtube/v3${path}` }))

/** What a token answer opens. */
export interface Granted {
  secret: OAuthSecret
  expiresAt: Date | null
  scopes: string[]
}

/** One request to Google's token endpoint, as the app. */
export async function requestToken(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'now' | 'signal'> & { app: AppCredentials | null },
  form: Record<string, string>,
): Promise<{ answer: HttpAnswer; granted: Granted | null }> {
  if (!ctx.app) throw new Error('Google gives tokens to a registered app only')
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin('oauth')}/token`,
    form: { ...form, client_id: ctx.app.clientId, client_secret: ctx.app.clientSecret ?? undefined },
    signal: ctx.signal,
  })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const accessToken = asString(body?.access_token)
  if (!body || !accessToken) return { answer, granted: null }
  const expiresIn = asNumber(body.expires_in)
  return {
    answer,
    granted: {
      // A renewal brings no refresh token: the one that was used stays.
      secret: { accessToken, refreshToken: asString(body.refresh_token) ?? form.refresh_token ?? null },
      expiresAt: expiresIn === undefined ? null : new Date(ctx.now().getTime() + expiresIn * 1000),
      scopes: asString(body.scope)?.split(' ').filter(Boolean) ?? [],
    },
  }
}

/** Also what the engine calls ahead of time. */
export const refresh = async (ctx: AccountContext): Promise<Outcome<FreshSecret>> =>
  renew(ctx, readSecret(await ctx.secret.current()))

async function renew(ctx: AccountContext, { refreshToken }: OAuthSecret): Promise<Outcome<FreshSecret>> {
  if (!refreshToken) return { outcome: 'failed', failure: accessEnded('There is nothing to renew it with.') }
  const { answer, granted } = await requestToken(ctx, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  })
  if (granted) return { outcome: 'done', value: { secret: granted.secret, expiresAt: granted.expiresAt } }
  const failure = failureOf(answer, 'renew the access', ctx.now())
  const error = answer.kind === 'answer' ? asString(asRecord(answer.json)?.error) : undefined
  if (error === 'invalid_grant') return { outcome: 'failed', failure: accessEnded(failure.message) }
  if (error === 'invalid_client' || error === 'unauthorized_client')
    return {
      outcome: 'failed',
      failure: {
        class: 'administrator',
        rule: 'youtube.app_refused',
        message: failure.message,
        remedy: 'Check YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET.',
      },
    }
  // A blip or a strange page does not end the connection.
  return {
    outcome: 'failed',
    failure: failure.class === 'reconnect' ? { ...failure, class: 'transient' } : failure,
  }
}

/** Revoked, six months unused, or seven days old while the app's consent screen is in testing. */
const accessEnded = (message: string) => ({
  class: 'reconnect' as const,
  rule: 'youtube.token_invalid',
  message,
  remedy:
    'Reconnect the channel. If this happens every week, publish the consent screen of the app at Google.',
})

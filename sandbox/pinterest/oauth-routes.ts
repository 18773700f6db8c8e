import type { FastifyInstance } from 'fastify'
import { Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import { answers, refuse } from './errors.ts'
import { oauthRules } from './state.ts'

/** Consent at the role `web`, tokens at the API, with the app's name and secret in `Authorization: Basic`. */
export function oauthRoutes(app: FastifyInstance, world: World) {
  const oauth = world.oauth(oauthRules)
  oauth.authorizeRoute(app, '/web/oauth/')

  app.post('/oauth/token', { config: { simulated: { operation: 'oauth.token' } } }, (request) => {
    const form = (request.body ?? {}) as Record<string, string | undefined>
    const client = basic(request.headers.authorization)
    if (!client) throw refuse(answers.authenticationFailed)
    if (form.grant_type !== 'authorization_code' && form.grant_type !== 'refresh_token')
      throw new Refused({ status: 400, body: { code: 1, message: 'Invalid grant_type.' } })
    const redeemed =
      form.grant_type === 'refresh_token'
        ? oauth.refresh({ refreshToken: form.refresh_token, clientId: client.id })
        : oauth.redeem({ code: form.code, clientId: client.id, redirectUri: form.redirect_uri })
    if (redeemed.outcome === 'refused')
      throw new Refused({
        status: 401,
        body: { code: 283, message: `Your token is invalid: ${redeemed.why}` },
      })
    const { accessToken, expiresIn, refreshToken, refreshExpiresIn, grant } = redeemed.tokens
    return {
      response_type: form.grant_type,
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: expiresIn,
      scope: grant.scopes.join(' '),
      refresh_token: refreshToken,
      refresh_token_expires_in: refreshExpiresIn,
      refresh_token_expires_at: Math.floor(world.now().getTime() / 1000) + (refreshExpiresIn ?? 0),
    }
  })

  app.post('/oauth/token/revoke', { config: { simulated: { operation: 'oauth.revoke' } } }, () => {
    throw refuse(answers.notPermitted)
  })
}

function basic(header: string | undefined): { id: string; secret: string } | null {
  const encoded = /^Basic\s+(.+)$/i.exec(header ?? '')?.[1]
  const [id, secret] = Buffer.from(encoded ?? '', 'base64')
    .toString()
    .split(':')
  return id && secret ? { id, secret } : null
}

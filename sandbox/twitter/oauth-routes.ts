import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import { oauthRules } from './state.ts'

/** Consent with PKCE, tokens for two hours, refresh tokens that are used up (docs.x.com, oauth-2-0). */
export function oauthRoutes(app: FastifyInstance, world: World) {
  const oauth = world.oauth(oauthRules)
  oauth.authorizeRoute(app, '/authorize/i/oauth2/authorize')

  app.post('/2/oauth2/token', { config: { simulated: { operation: 'token' } } }, async (request) => {
    const form = request.body as Record<string, string>
    const clientId = clientOf(request, form)
    const redeemed =
      form.grant_type === 'refresh_token'
        ? oauth.refresh({ refreshToken: form.refresh_token, clientId })
        : oauth.redeem({
            code: form.code,
            clientId,
            redirectUri: form.redirect_uri,
            codeVerifier: form.code_verifier,
          })
    if (redeemed.outcome === 'refused')
      throw new Refused({
        status: 400,
        body: {
          error: 'invalid_request',
          error_description:
            form.grant_type === 'refresh_token'
              ? 'Value passed for the token was invalid.'
              : 'Value passed for the authorization code was invalid.',
        },
      })
    const { accessToken, expiresIn, refreshToken, grant } = redeemed.tokens
    return {
      token_type: 'bearer',
      expires_in: expiresIn,
      access_token: accessToken,
      scope: grant.scopes.join(' '),
      ...(grant.scopes.includes('offline.access') ? { refresh_token: refreshToken } : {}),
    }
  })

  app.post('/2/oauth2/revoke', { config: { simulated: { operation: 'revoke' } } }, async (request) => {
    const form = request.body as Record<string, string>
    clientOf(request, form)
    oauth.revoke(form.token)
    return { revoked: true }
  })

  function clientOf(request: FastifyRequest, form: Record<string, string>): string {
    const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const named = basic ? Buffer.from(basic, 'base64').toString().split(':')[0] : form.client_id
    if (named) return decodeURIComponent(named)
    throw new Refused({
      status: 401,
      body: { error: 'unauthorized_client', error_description: 'Missing valid authorization header' },
    })
  }
}

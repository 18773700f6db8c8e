import type { FastifyInstance } from 'fastify'
import type { World } from '../simulator.ts'
import { oauthError } from './errors.ts'
import { oauthRules } from './state.ts'

/** accounts.google.com and oauth2.googleapis.com, as the roles `accounts` and `oauth`. */
export function oauthRoutes(app: FastifyInstance, world: World) {
  const oauth = world.oauth(oauthRules)
  oauth.authorizeRoute(app, '/accounts/o/oauth2/v2/auth')

  app.post('/oauth/token', { config: { simulated: { operation: 'oauth.token' } } }, (request) => {
    const form = (request.body ?? {}) as Record<string, string | undefined>
    if (!form.client_id || !form.client_secret)
      throw oauthError(401, 'invalid_client', 'The OAuth client was not found.')
    if (form.grant_type !== 'authorization_code' && form.grant_type !== 'refresh_token')
      throw oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${form.grant_type ?? ''}`)
    const isRefresh = form.grant_type === 'refresh_token'
    const redeemed = isRefresh
      ? oauth.refresh({ refreshToken: form.refresh_token, clientId: form.client_id })
      : oauth.redeem({
          code: form.code,
          clientId: form.client_id,
          redirectUri: form.redirect_uri,
          codeVerifier: form.code_verifier,
        })
    if (redeemed.outcome === 'refused')
      throw oauthError(
        400,
        'invalid_grant',
        isRefresh ? 'Token has been expired or revoked.' : 'Malformed auth code.',
      )
    const { accessToken, expiresIn, refreshToken, grant } = redeemed.tokens
    return {
      access_token: accessToken,
      expires_in: expiresIn,
      // Only a consent brings one; a renewal does not.
      ...(!isRefresh && { refresh_token: refreshToken }),
      scope: grant.scopes.join(' '),
      token_type: 'Bearer',
    }
  })

  app.post('/oauth/revoke', { config: { simulated: { operation: 'oauth.revoke' } } }, (request) => {
    const form = (request.body ?? {}) as Record<string, string | undefined>
    if (!oauth.revoke(form.token)) throw oauthError(400, 'invalid_token', 'Token expired or revoked')
    return {}
  })
}

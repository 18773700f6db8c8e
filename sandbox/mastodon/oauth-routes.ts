import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Answer, Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import { refuse, validationFailed } from './errors.ts'
import { type App, appPerson, oauthRules, tables } from './state.ts'

const scopesKnown = /^(profile|push|follow|(read|write)(:[a-z_]+)?|admin:(read|write)(:[a-z_]+)?)$/

const invalidClient: Answer = {
  status: 401,
  body: {
    error: 'invalid_client',
    error_description:
      'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
  },
}
const oauthError = (error: string, description: string): Answer => ({
  status: 400,
  body: { error, error_description: description },
})
const invalidScope = oauthError('invalid_scope', 'The requested scope is invalid, unknown, or malformed.')
const invalidGrant = oauthError(
  'invalid_grant',
  'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
)

/** Apps, consent, tokens: Doorkeeper as Mastodon 4.4 sets it up. */
export async function oauthRoutes(app: FastifyInstance, world: World) {
  const { apps } = tables(world)
  const oauth = world.oauth(oauthRules)

  app.post('/api/v1/apps', { config: { simulated: { operation: 'apps.create' } } }, (request) => {
    const form = fieldsOf(request)
    const redirectUris = [form.redirect_uris].flat().flatMap((one) => String(one ?? '').split(/\s+/))
    const name = String(form.client_name ?? '')
    if (!name) throw validationFailed("Application Name can't be blank")
    if (redirectUris.join('') === '') throw validationFailed("Redirect URI can't be blank")
    if (!redirectUris.every((uri) => uri === 'urn:ietf:wg:oauth:2.0:oob' || URL.canParse(uri)))
      throw validationFailed('Redirect URI must be an absolute URI.')
    const scopes = String(form.scopes ?? 'read')
      .split(' ')
      .filter(Boolean)
    if (!scopes.every((scope) => scopesKnown.test(scope)))
      throw validationFailed("Scopes doesn't match configured on the server.")
    const clientId = world.randomHex(22)
    const made = apps.put(clientId, {
      clientId,
      clientSecret: world.randomHex(22),
      name,
      website: form.website ? String(form.website) : null,
      redirectUris,
      scopes,
    })
    return {
      id: String(world.nextNumber('app')),
      name: made.name,
      website: made.website,
      scopes,
      redirect_uri: redirectUris.join('\n'),
      redirect_uris: redirectUris,
      client_id: clientId,
      client_secret: made.clientSecret,
      client_secret_expires_at: 0,
      vapid_key: 'sandbox',
    }
  })

  await app.register(async (scope) => {
    scope.addHook('preHandler', async (request) => checkAsked(request))
    oauth.authorizeRoute(scope, '/oauth/authorize', {
      denied: {
        error: 'access_denied',
        description: 'The resource owner or authorization server denied the request.',
      },
    })
  })

  function checkAsked(request: FastifyRequest) {
    const asked =
      request.method === 'GET'
        ? (request.query as Record<string, string>)
        : Object.fromEntries(new URLSearchParams(String(fieldsOf(request).asked ?? '')))
    const client = apps.get(asked.client_id ?? '')
    if (!client) throw refuse(invalidClient)
    if (!client.redirectUris.includes(asked.redirect_uri ?? ''))
      throw refuse(
        oauthError(
          'invalid_redirect_uri',
          "The requested redirect uri is malformed or doesn't match client redirect URI.",
        ),
      )
    if (!within(asked.scope ?? 'read', client.scopes)) throw refuse(invalidScope)
    if (asked.code_challenge !== undefined && asked.code_challenge_method !== 'S256')
      throw refuse(oauthError('invalid_code_challenge_method', 'The code_challenge_method must be S256.'))
  }

  app.post('/oauth/token', { config: { simulated: { operation: 'token' } } }, (request) => {
    const form = fieldsOf(request)
    const client = clientOf(request, form)
    if (form.grant_type === 'client_credentials') {
      const scope = String(form.scope ?? 'read')
      if (!within(scope, client.scopes)) throw refuse(invalidScope)
      const scopes = scope.split(' ')
      const person = appPerson(client.clientId)
      return tokenAnswer(oauth.issue({ person, clientId: client.clientId, scopes }).accessToken, scopes)
    }
    if (form.grant_type !== 'authorization_code')
      throw refuse(
        oauthError(
          form.grant_type ? 'unsupported_grant_type' : 'invalid_request',
          form.grant_type
            ? 'The authorization grant type is not supported by the authorization server.'
            : 'Missing required parameter: grant_type.',
        ),
      )
    const redeemed = oauth.redeem({
      code: text(form.code),
      clientId: client.clientId,
      redirectUri: text(form.redirect_uri),
      codeVerifier: text(form.code_verifier),
    })
    if (redeemed.outcome === 'refused') throw refuse(invalidGrant)
    const { accessToken, grant } = redeemed.tokens
    return tokenAnswer(accessToken, grant.scopes.length > 0 ? grant.scopes : ['read'])
  })

  app.post('/oauth/revoke', { config: { simulated: { operation: 'revoke' } } }, (request) => {
    const form = fieldsOf(request)
    const client = clientOf(request, form)
    const token = text(form.token)
    const checked = oauth.check(token)
    // Another's token, or none, is refused; one that is revoked already is not.
    if (!token || (checked.outcome === 'valid' && checked.grant.clientId !== client.clientId))
      throw new Refused({
        status: 403,
        body: {
          error: 'unauthorized_client',
          error_description: 'You are not authorized to revoke this token',
        },
      })
    oauth.revoke(token)
    return {}
  })

  function clientOf(request: FastifyRequest, form: Record<string, unknown>): App {
    const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const [id, secret] = basic
      ? Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent)
      : [text(form.client_id), text(form.client_secret)]
    const client = apps.get(id ?? '')
    if (!client || client.clientSecret !== secret) throw refuse(invalidClient)
    return client
  }

  const tokenAnswer = (accessToken: string, scopes: string[]) => ({
    access_token: accessToken,
    token_type: 'Bearer',
    scope: scopes.join(' '),
    created_at: Math.floor(world.now().getTime() / 1000),
  })
}

/** Rails reads JSON, forms and multipart into the same parameters. */
export function fieldsOf(request: FastifyRequest): Record<string, unknown> {
  const { body } = request
  if (body === null || typeof body !== 'object' || Buffer.isBuffer(body)) return {}
  return 'fields' in body && 'files' in body
    ? (body.fields as Record<string, unknown>)
    : (body as Record<string, unknown>)
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

const within = (asked: string, allowed: string[]) =>
  asked.split(' ').every((scope) => allowed.includes(scope) || allowed.includes(scope.split(':')[0] ?? scope))

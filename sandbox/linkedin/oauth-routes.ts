import type { FastifyInstance } from 'fastify'
import { Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import { denied, missing } from './refusals.ts'
import { isPartner, oauthRules, pageNumber, pageUrn } from './state.ts'

/** The consent, who it is, and the pages the person administers. */
export function oauthRoutes(app: FastifyInstance, world: World, callers: Callers) {
  const oauth = world.oauth(oauthRules)
  const named = (operation: string) => ({ config: { simulated: { operation } } })

  oauth.authorizeRoute(app, '/oauth/oauth/v2/authorization')

  app.post('/oauth/oauth/v2/accessToken', named('token'), async (request) => {
    const form = request.body as Record<string, string>
    const redeemed =
      form.grant_type === 'refresh_token'
        ? oauth.refresh({ refreshToken: form.refresh_token, clientId: form.client_id })
        : oauth.redeem({ code: form.code, clientId: form.client_id, redirectUri: form.redirect_uri })
    if (redeemed.outcome === 'refused')
      throw new Refused({
        status: 400,
        body: {
          error: form.grant_type === 'refresh_token' ? 'invalid_grant' : 'invalid_request',
          error_description: `Unable to retrieve access token: ${redeemed.why}`,
        },
      })
    const { accessToken, expiresIn, refreshToken, refreshExpiresIn, grant } = redeemed.tokens
    return {
      access_token: accessToken,
      expires_in: expiresIn,
      scope: grant.scopes.join(','),
      ...(isPartner(grant.clientId) && {
        refresh_token: refreshToken,
        refresh_token_expires_in: refreshExpiresIn,
      }),
    }
  })

  app.post('/oauth/oauth/v2/revoke', named('revoke'), async (request, reply) => {
    oauth.revoke((request.body as Record<string, string>).token)
    return reply.code(200).send()
  })

  app.get('/v2/userinfo', named('userinfo'), async (request) => {
    const person = callers.person(request, 'openid')
    return { sub: person.id, name: person.name, locale: 'en_US' }
  })

  app.get('/rest/organizationAcls', named('organizationAcls'), async (request) => ({
    elements: (callers.versioned(request, 'rw_organization_admin').pages ?? []).map((page) => ({
      organization: pageUrn(page),
      role: 'ADMINISTRATOR',
      state: 'APPROVED',
    })),
    paging: { start: 0, count: 10, links: [] },
  }))

  app.get<{ Params: { id: string } }>('/rest/organizations/:id', named('organizations'), async (request) => {
    const person = callers.versioned(request)
    const page = person.pages?.find(({ id }) => pageNumber(id) === request.params.id)
    if (!page) {
      if (!/^\d+$/.test(request.params.id)) throw missing()
      throw denied('organizations.GET')
    }
    return {
      id: Number(request.params.id),
      localizedName: page.name,
      vanityName: page.id,
      primaryOrganizationType: 'NONE',
    }
  })
}

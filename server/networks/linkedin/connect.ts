import { Type } from 'typebox'
import type { HttpAnswer } from '../../net/http.ts'
import { asList, asString, at } from '../../net/read-json.ts'
import type { AccountContext, ConnectContext, Connected, Done, OAuthConnect, Outcome } from '../network.ts'
import { failureOf, wordsOf } from './failure.ts'
import { memberIn, pageIn } from './profile.ts'
import {
  exchangeRefreshToken,
  parseSecret,
  readTimeoutMs,
  readTokens,
  tokenRequest,
  versionHeaders,
} from './session.ts'

const scopes = ['openid', 'profile', 'w_member_social']
/** Only for apps with LinkedIn's Community Management product; others are refused the whole consent for asking. */
const pageScopes = ['w_organization_social', 'r_organization_social', 'rw_organization_admin']
const analyticsScopes = ['r_member_postAnalytics', 'r_member_profileAnalytics']

export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: false,
  scopes,
  settings: Type.Object(
    {
      organizations: Type.Optional(
        Type.Boolean({
          title: 'Company pages',
          description:
            'Connect company pages too. The app needs the Community Management product of LinkedIn.',
        }),
      ),
      memberAnalytics: Type.Optional(
        Type.Boolean({
          title: "Numbers of a member's posts",
          description:
            'Collect followers and the numbers of posts of members. The app needs permissions that LinkedIn grants by hand.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  authorizeUrl(ctx, { redirectUri, state, scopes: asked }) {
    const url = new URL(`${ctx.origin('oauth')}/oauth/v2/authorization`)
    const wanted = [
      ...asked,
      ...(ctx.settings.organizations === true ? pageScopes : []),
      ...(ctx.settings.memberAnalytics === true ? analyticsScopes : []),
    ]
    url.searchParams.set('response_type', 'code')
    url.searchParams.set('client_id', ctx.app?.clientId ?? '')
    url.searchParams.set('redirect_uri', redirectUri)
    url.searchParams.set('state', state)
    url.searchParams.set('scope', wanted.join(' '))
    return url.href
  },
  exchange,
  refresh: async (ctx) => exchangeRefreshToken(ctx, await ctx.secret.current()),
  // Access lasts 60 days; most apps get nothing to renew it with.
  refreshBeforeMs: 7 * 86_400_000,
  revoke,
}

async function exchange(
  ctx: ConnectContext,
  { code, redirectUri }: { code: string; redirectUri: string },
): Promise<Outcome<Connected[]>> {
  const answer = await ctx.http.send(
    tokenRequest(ctx, { grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
  )
  const tokens = readTokens(answer, ctx.now())
  if (!tokens) return { outcome: 'failed', failure: codeFailure(answer, ctx.now()) }
  const headers = { ...versionHeaders, authorization: `Bearer ${tokens.secret.accessToken}` }
  const get = (path: string, query?: Record<string, string>) =>
    ctx.http.send({
      method: 'GET',
      url: `${ctx.origin()}${path}`,
      query,
      headers,
      timeoutMs: readTimeoutMs,
      signal: ctx.signal,
    })
  const me = await get('/v2/userinfo')
  const member = memberIn(me)
  if (!member) return { outcome: 'failed', failure: failureOf(me, 'read the account', ctx.now()) }
  const common = {
    secret: tokens.secret,
    tokenExpiresAt: tokens.expiresAt,
    scopes: tokens.scopes.length > 0 ? tokens.scopes : scopes,
    settings: ctx.settings,
  }
  const accounts: Connected[] = [{ ...member, ...common, kind: 'profile' }]
  if (ctx.settings.organizations === true) {
    const roles = await get('/rest/organizationAcls', {
      q: 'roleAssignee',
      role: 'ADMINISTRATOR',
      state: 'APPROVED',
    })
    for (const role of roles.kind === 'answer' ? asList(at(roles.json, 'elements')) : []) {
      const urn = asString(at(role, 'organization')) ?? asString(at(role, 'organizationTarget'))
      const id = /^urn:li:organization:(\d+)$/.exec(urn ?? '')?.[1]
      const page = id ? pageIn(await get(`/rest/organizations/${id}`), id) : null
      if (page) accounts.push({ ...page, ...common, kind: 'organization' })
    }
  }
  return { outcome: 'done', value: accounts }
}

function codeFailure(answer: HttpAnswer, now: Date) {
  const failure = failureOf(answer, 'take the consent', now)
  if (answer.kind !== 'answer' || (answer.status !== 400 && answer.status !== 401)) return failure
  if (asString(at(answer.json, 'error')) === 'invalid_client')
    return {
      ...failure,
      class: 'administrator' as const,
      rule: 'linkedin.app_refused',
      remedy: 'Check LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET against the LinkedIn developer portal.',
    }
  return {
    ...failure,
    class: 'permanent' as const,
    rule: 'linkedin.code_refused',
    message: `LinkedIn refused the consent: ${wordsOf(answer) || answer.status}`,
    remedy: 'Connect again; a consent is good once and for 30 minutes.',
  }
}

async function revoke(ctx: AccountContext): Promise<Done> {
  const { accessToken } = parseSecret(await ctx.secret.current())
  const answer = await ctx.http.send(tokenRequest(ctx, { token: accessToken }, '/oauth/v2/revoke'))
  if (answer.kind === 'answer' && (answer.ok || answer.status === 400 || answer.status === 401))
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'give up the access', ctx.now()) }
}

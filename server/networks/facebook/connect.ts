import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import { asId, asRecord, asString, graphFailure, graphList, graphObject, sendGraph } from '../graph-api.ts'
import { appOf, codeFailure, consentAddress } from '../graph-tokens.ts'
import type { ConnectContext, Connected, Json, OAuthConnect, Outcome } from '../network.ts'
import { appSecretProof, facebookGraph, sealedSecret, version } from './api.ts'
import { pageFields, profileOf } from './profile.ts'

const scopes = [
  'pages_show_list',
  'pages_manage_posts',
  'pages_read_engagement',
  'pages_manage_engagement',
  'read_insights',
  'business_management',
]

/** A person with more pages than this many requests bring is an agency, and chooses in the consent. */
const pageRequestsMax = 10

/**
 * Consent, then a token of the person for an hour or two, then one of 60 days, then the tokens of their pages, which do
 * not run out (docs/facebook-login/guides/access-tokens, read 2026-11-22). Only the page's token is kept. It is not taken
 * back when an account is disconnected: the only call for that ends the access to all of the person's pages.
 */
export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: false,
  scopes,
  settings: Type.Object({}, { additionalProperties: false }),
  authorizeUrl: (ctx, request) =>
    consentAddress(`${ctx.origin('web')}${version}/dialog/oauth`, appOf(ctx, facebookGraph), request),
  exchange,
  refreshBeforeMs: null,
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string },
): Promise<Outcome<Connected[]>> {
  const short = await token(ctx, { code: grant.code, redirect_uri: grant.redirectUri })
  if (short.outcome === 'failed')
    return { outcome: 'failed', failure: codeFailure(facebookGraph, short.failure) }
  const long = await token(ctx, { grant_type: 'fb_exchange_token', fb_exchange_token: short.value })
  if (long.outcome === 'failed') return long
  return await pagesOf(ctx, long.value)
}

async function token(ctx: ConnectContext, form: Record<string, string>): Promise<Outcome<string>> {
  const app = appOf(ctx, facebookGraph)
  const answer = await sendGraph(ctx, null, {
    method: 'POST',
    path: `${version}/oauth/access_token`,
    form: { ...form, client_id: app.clientId, client_secret: app.clientSecret ?? '' },
  })
  const value = asString(graphObject(answer)?.access_token)
  return value
    ? { outcome: 'done', value }
    : { outcome: 'failed', failure: graphFailure(facebookGraph, answer, 'give access') }
}

/** Every page on which the person may publish. */
async function pagesOf(ctx: ConnectContext, userToken: string): Promise<Outcome<Connected[]>> {
  const pages: Connected[] = []
  const proof = appSecretProof(userToken, ctx.app?.clientSecret ?? null)
  let after: string | undefined
  for (let request = 0; request < pageRequestsMax; request++) {
    const answer = await sendGraph(ctx, userToken, {
      method: 'GET',
      path: `${version}/me/accounts`,
      query: { fields: `${pageFields},access_token,tasks`, limit: 100, after, ...proof },
    })
    const list = graphList(answer)
    if (!list) return { outcome: 'failed', failure: graphFailure(facebookGraph, answer, 'list your pages') }
    pages.push(...list.flatMap(connected))
    after = asString(asRecord(asRecord(graphObject(answer)?.paging)?.cursors)?.after)
    if (!after || list.length === 0 || !asRecord(graphObject(answer)?.paging)?.next) break
  }
  return pages.length > 0 ? { outcome: 'done', value: pages } : { outcome: 'failed', failure: noPages }
}

function connected(page: Record<string, Json>): Connected[] {
  const id = asId(page.id)
  const pageToken = asString(page.access_token)
  const tasks = Array.isArray(page.tasks) ? page.tasks : null
  if (!id || !pageToken || (tasks && !tasks.includes('CREATE_CONTENT'))) return []
  return [
    {
      ...profileOf(page),
      externalId: id,
      kind: 'page',
      secret: sealedSecret(pageToken),
      tokenExpiresAt: null,
      scopes,
      settings: {},
    },
  ]
}

const noPages: Failure = {
  class: 'permanent',
  rule: 'facebook.no_pages',
  message: 'Facebook gave access to no page on which you may publish.',
  remedy: 'Connect again and choose at least one page; you need the task "Create content" on it.',
}

import { Type } from 'typebox'
import type { Failure } from '../../domain/delivery.ts'
import { asId, asRecord, asString, graphFailure, graphObject, sendGraph } from '../graph-api.ts'
import { appOf, codeFailure, consentAddress, longToken } from '../graph-tokens.ts'
import type {
  AccountContext,
  ConnectContext,
  Connected,
  FreshSecret,
  OAuthConnect,
  Outcome,
} from '../network.ts'
import { instagramGraph, sealedSecret, tokenOf, version } from './api.ts'
import { profileFields, profileOf } from './profile.ts'

const scopes = [
  'instagram_business_basic',
  'instagram_business_content_publish',
  'instagram_business_manage_comments',
  'instagram_business_manage_insights',
]

const day = 86_400_000

/**
 * Instagram API with Instagram Login: no Facebook page is needed, but a professional account is
 * (docs/instagram-platform/instagram-api-with-instagram-login, read 2026-11-22). Tokens as at Threads.
 */
export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: false,
  scopes,
  settings: Type.Object({}, { additionalProperties: false }),
  authorizeUrl: (ctx, request) =>
    consentAddress(`${ctx.origin('web')}/oauth/authorize`, appOf(ctx, instagramGraph), request),
  exchange,
  refresh,
  refreshBeforeMs: 14 * day,
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string },
): Promise<Outcome<Connected[]>> {
  const app = appOf(ctx, instagramGraph)
  const answer = await sendGraph(ctx, null, {
    method: 'POST',
    role: 'oauth',
    path: '/oauth/access_token',
    form: {
      client_id: app.clientId,
      client_secret: app.clientSecret ?? '',
      grant_type: 'authorization_code',
      redirect_uri: grant.redirectUri,
      // Instagram appends "#_" to the redirect; some browsers hand it on.
      code: grant.code.replace(/#_$/, ''),
    },
  })
  const shortToken = shortTokenIn(graphObject(answer))
  if (!shortToken)
    return failed(codeFailure(instagramGraph, graphFailure(instagramGraph, answer, 'give access')))
  const long = await longToken(ctx, instagramGraph, 'access_token', {
    grant_type: 'ig_exchange_token',
    client_secret: app.clientSecret ?? '',
    access_token: shortToken,
  })
  return long.outcome === 'failed' ? long : await opened(ctx, long.value)
}

/** The answer is an object, or, in the newer form, a list of one. */
function shortTokenIn(body: Record<string, unknown> | undefined): string | undefined {
  const [first] = Array.isArray(body?.data) ? body.data : [body]
  return asString(asRecord(first)?.access_token)
}

async function opened(
  ctx: ConnectContext,
  { token, expiresAt }: { token: string; expiresAt: Date | null },
): Promise<Outcome<Connected[]>> {
  const me = await sendGraph(ctx, token, {
    method: 'GET',
    path: `${version}/me`,
    query: { fields: profileFields },
  })
  const person = graphObject(me)
  // `id` is the app's own name for the account; `user_id` is the one that publishing wants.
  const id = asId(person?.user_id)
  if (!person || !id) return failed(graphFailure(instagramGraph, me, 'say who the account is'))
  if (person.account_type === 'PERSONAL') return failed(notProfessional(asString(person.username) ?? id))
  return {
    outcome: 'done',
    value: [
      {
        ...profileOf(person),
        externalId: id,
        kind: 'profile',
        secret: sealedSecret(token),
        tokenExpiresAt: expiresAt,
        scopes,
        settings: {},
      },
    ],
  }
}

async function refresh(ctx: AccountContext): Promise<Outcome<FreshSecret>> {
  const fresh = await longToken(ctx, instagramGraph, 'refresh_access_token', {
    grant_type: 'ig_refresh_token',
    access_token: await tokenOf(ctx),
  })
  if (fresh.outcome === 'failed') return fresh
  const { token, expiresAt } = fresh.value
  return { outcome: 'done', value: { secret: sealedSecret(token), expiresAt } }
}

const failed = (failure: Failure): { outcome: 'failed'; failure: Failure } => ({ outcome: 'failed', failure })

const notProfessional = (handle: string): Failure => ({
  class: 'permanent',
  rule: 'instagram.personal_account',
  message: `@${handle} is a personal account; Instagram lets programs publish to professional ones only.`,
  remedy: 'Make it a business or creator account in the Instagram app, then connect it again.',
})

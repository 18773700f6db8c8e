import type { Http } from '../../net/http.ts'
import { asId, asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, AccountMetrics, AccountProfile, Outcome } from '../network.ts'
import { failureOf } from './failure.ts'
import { hostOf, readInstance } from './instance.ts'
import { accessToken, send } from './request.ts'

/** The account a token belongs to, as its server shows it, with what the server takes. */
export interface Profile extends AccountProfile {
  id: string
  keepsIdempotencyKeys: boolean
}

export interface ServerAccess {
  http: Http
  origin: string
  /** The server as a person names it; the sandbox and overrides have another origin. */
  instanceUrl: string
  token: string
  signal: AbortSignal
  now: Date
}

/** verify_credentials and the instance's limits; nothing is changed by asking. */
export async function readProfile(server: ServerAccess): Promise<Outcome<Profile>> {
  const { http, origin, token, signal, now } = server
  const answer = await http.send({
    method: 'GET',
    url: `${origin}/api/v1/accounts/verify_credentials`,
    headers: { authorization: `Bearer ${token}` },
    signal,
  })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const id = asId(body?.id)
  if (!body || !id) return { outcome: 'failed', failure: profileFailure(answer, now) }
  const instance = await readInstance(http, origin, { signal, now })
  if (instance.outcome === 'failed') return instance
  const { limits, version, keepsIdempotencyKeys } = instance.value
  const username = asString(body.username) ?? asString(body.acct) ?? id
  return {
    outcome: 'done',
    value: {
      id,
      name: asString(body.display_name) || username,
      handle: `@${username}@${hostOf(server.instanceUrl)}`,
      profileImageUrl: asString(body.avatar) || null,
      profileUrl: asString(body.url) || null,
      limits,
      keepsIdempotencyKeys,
      metadata: {
        version,
        keepsIdempotencyKeys,
        defaultVisibility: asString(asRecord(body.source)?.privacy) ?? null,
      },
    },
  }
}

/**
 * snac2 answers 422 with an empty body to a token it does not know, where Mastodon answers 401 (seen with snac2 2.75,
 * 2026-11-22). This request has no content that could be unprocessable, so both mean the same here.
 */
export function profileFailure(answer: Parameters<typeof failureOf>[0], now: Date) {
  const failure = failureOf(answer, 'read the profile', now)
  if (answer.kind === 'answer' && answer.status === 422)
    return {
      ...failure,
      class: 'reconnect' as const,
      rule: 'mastodon.token_invalid',
      remedy: 'Reconnect the account; its access was revoked or has ended.',
    }
  if (answer.kind === 'answer' && (answer.ok || answer.status === 404))
    return {
      ...failure,
      class: 'permanent' as const,
      rule: 'mastodon.not_an_instance',
      message: 'The server answered, but not with an account: it does not speak the Mastodon API.',
      remedy: 'Check the address of the server.',
    }
  return failure
}

/** Is the token still good? Also brings name, picture and limits up to date. */
export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const read = await readProfile({
    http: ctx.http,
    origin: ctx.origin(),
    instanceUrl: asString(ctx.account.settings.instanceUrl) ?? ctx.origin(),
    token: accessToken(await ctx.secret.current()),
    signal: ctx.signal,
    now: ctx.now(),
  })
  if (read.outcome === 'failed') return read
  const { id: _id, keepsIdempotencyKeys: _keeps, ...profile } = read.value
  return { outcome: 'done', value: profile }
}

export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const answer = await send(ctx, { method: 'GET', path: '/api/v1/accounts/verify_credentials' })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  if (!body) return { outcome: 'failed', failure: profileFailure(answer, ctx.now()) }
  const counts = {
    followers: asNumber(body.followers_count),
    following: asNumber(body.following_count),
    posts: asNumber(body.statuses_count),
  }
  const raw = {
    followers_count: counts.followers ?? null,
    following_count: counts.following ?? null,
    statuses_count: counts.posts ?? null,
  }
  return { outcome: 'done', value: { ...counts, raw } }
}

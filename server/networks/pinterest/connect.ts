import { Type } from 'typebox'
import { asList, asRecord, asString } from '../../net/read-json.ts'
import type { ConnectContext, Connected, Json, OAuthConnect, Outcome } from '../network.ts'
import { type Granted, refresh, requestToken } from './access.ts'
import { failureOf } from './failure.ts'

/** What publishing, looking up, deleting and measuring need. Reading is needed to write (official description 5.23.0). */
const scopes = ['boards:read', 'boards:write', 'pins:read', 'pins:write', 'user_accounts:read']

/** The most a page holds. */
const pageSize = 250
/** A person picks from a list; more than this many boards is not one. */
const boardsMax = 1_000

/**
 * Each board is an account of its own, since a Pin always goes to one. Their tokens are the same person's.
 * Nothing to revoke: Pinterest lets only system users do that (official description 5.23.0, `token/revoke`).
 */
export const connect: OAuthConnect = {
  kind: 'oauth',
  pkce: false,
  scopes,
  settings: Type.Object({}, { additionalProperties: false }),
  authorizeUrl(ctx, { redirectUri, state, scopes: asked }) {
    const url = new URL(`${ctx.origin('web')}/oauth/`)
    url.searchParams.set('client_id', ctx.app?.clientId ?? '')
    url.searchParams.set('redirect_uri', redirectUri)
    url.searchParams.set('response_type', 'code')
    url.searchParams.set('scope', asked.join(','))
    url.searchParams.set('state', state)
    return url.href
  },
  exchange,
  refresh,
  // Tokens live a month (not confirmed); two days leave time for trouble.
  refreshBeforeMs: 2 * 24 * 60 * 60_000,
}

async function exchange(
  ctx: ConnectContext,
  grant: { code: string; redirectUri: string },
): Promise<Outcome<Connected[]>> {
  const { answer, granted } = await requestToken(ctx, {
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.redirectUri,
    // The default for apps made since September 2025; older ones must ask for refresh tokens that renew themselves.
    continuous_refresh: 'true',
  })
  if (!granted) {
    const failure = failureOf(answer, 'exchange the code', ctx.now())
    const isRefusal =
      answer.kind === 'answer' && answer.status >= 400 && answer.status < 500 && answer.status !== 429
    if (!isRefusal) return { outcome: 'failed', failure }
    return {
      outcome: 'failed',
      failure: {
        ...failure,
        class: 'permanent',
        rule: 'pinterest.code_refused',
        remedy: 'Connect again; a consent is good once and for a few minutes.',
      },
    }
  }
  const profile = await read(ctx, granted, '/user_account')
  if (profile.outcome === 'failed') return profile
  const boards = await readBoards(ctx, granted)
  if (boards.outcome === 'failed') return boards
  if (boards.value.length === 0)
    return {
      outcome: 'failed',
      failure: {
        class: 'permanent',
        rule: 'pinterest.no_board',
        message: 'This Pinterest account has no board, and a Pin needs one.',
        remedy: 'Make a board at Pinterest, then connect again.',
      },
    }
  return { outcome: 'done', value: boards.value.map((board) => connected(board, profile.value, granted)) }
}

function connected(
  board: Record<string, unknown>,
  profile: Record<string, unknown>,
  { secret, expiresAt, scopes: given }: Granted,
): Connected {
  const username = asString(profile.username) ?? ''
  return {
    externalId: String(board.id),
    kind: 'board',
    ...boardProfile(board, profile),
    secret,
    tokenExpiresAt: expiresAt,
    scopes: given.length > 0 ? given : scopes,
    settings: { username, userId: asString(profile.id) ?? '' },
  }
}

/** How a board shows in lists: its own name, its owner's picture. */
export function boardProfile(board: Record<string, unknown>, profile: Record<string, unknown>) {
  const username = asString(profile.username)
  const metadata: Record<string, Json> = { accountType: asString(profile.account_type) ?? null }
  return {
    name: asString(board.name) ?? String(board.id),
    handle: username ? `@${username}` : null,
    profileImageUrl: asString(profile.profile_image) || null,
    profileUrl: username ? `https://www.pinterest.com/${encodeURIComponent(username)}/` : null,
    metadata,
  }
}

async function readBoards(
  ctx: ConnectContext,
  granted: Granted,
): Promise<Outcome<Record<string, unknown>[]>> {
  const boards: Record<string, unknown>[] = []
  for (let bookmark: string | undefined; boards.length < boardsMax; ) {
    const page = await read(ctx, granted, '/boards', { page_size: pageSize, bookmark })
    if (page.outcome === 'failed') return page
    for (const item of asList(page.value.items)) {
      const board = asRecord(item)
      if (asString(board?.id) && board?.is_ads_only !== true) boards.push(board as Record<string, unknown>)
    }
    bookmark = asString(page.value.bookmark) || undefined
    if (!bookmark) break
  }
  return { outcome: 'done', value: boards }
}

/** A read with the token that was just given, before there is an account. */
async function read(
  ctx: ConnectContext,
  { secret }: Granted,
  path: string,
  query?: Record<string, string | number | undefined>,
): Promise<Outcome<Record<string, unknown>>> {
  const answer = await ctx.http.send({
    method: 'GET',
    url: ctx.origin() + path,
    query,
    headers: { authorization: `Bearer ${secret.accessToken}` },
    signal: ctx.signal,
  })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  return body
    ? { outcome: 'done', value: body }
    : { outcome: 'failed', failure: failureOf(answer, 'read the account', ctx.now()) }
}

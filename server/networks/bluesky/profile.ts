import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type {
  AccountContext,
  AccountMetrics,
  AccountProfile,
  ConnectContext,
  Json,
  Outcome,
} from '../network.ts'
import { failureOf } from './failure.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

/**
 * How the account presents itself: from the app view, or, where that does not know it (a server of its own that is
 * not federated), from the profile record. Nothing of it is needed to publish, so nothing of it can fail.
 */
export async function readProfile(
  ctx: Pick<ConnectContext, 'http' | 'origin' | 'signal'>,
  server: string,
  did: string,
  handle: string,
): Promise<AccountProfile> {
  const ask = (url: string, query: Record<string, string>) =>
    ctx.http.send({ method: 'GET', url, query, timeoutMs: readTimeoutMs, signal: ctx.signal })
  const seen = await ask(`${ctx.origin('appview')}/xrpc/app.bsky.actor.getProfile`, { actor: did })
  const view = seen.kind === 'answer' && seen.ok ? asRecord(seen.json) : undefined
  let displayName = asString(view?.displayName)
  if (!view) {
    const kept = await ask(`${server}/xrpc/com.atproto.repo.getRecord`, {
      repo: did,
      collection: 'app.bsky.actor.profile',
      rkey: 'self',
    })
    const record = kept.kind === 'answer' && kept.ok ? asRecord(asRecord(kept.json)?.value) : undefined
    displayName = asString(record?.displayName)
  }
  return {
    name: displayName?.trim() || handle,
    handle,
    profileImageUrl: asString(view?.avatar) ?? null,
    profileUrl: `${ctx.origin('web')}/profile/${did}`,
  }
}

/** Asks the account's server who it is, which renews the access when it has run out. */
export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const asked = await authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}/xrpc/com.atproto.server.getSession`,
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  const session = asked.kind === 'answer' && asked.ok ? asRecord(asked.json) : undefined
  if (!session) return { outcome: 'failed', failure: askedFailure(asked, 'read the account', ctx.now()) }
  if (session.active === false)
    return {
      outcome: 'failed',
      failure: {
        class: 'reconnect',
        rule: 'bluesky.account_unavailable',
        message: `The account is not active (${asString(session.status) ?? 'no reason given'}).`,
        remedy: 'Sign in at bsky.app to see what happened; once it is active, reconnect it here.',
      },
    }
  const handle = asString(session.handle) ?? ctx.account.handle ?? ctx.account.externalId
  return { outcome: 'done', value: await readProfile(ctx, ctx.origin(), ctx.account.externalId, handle) }
}

export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const answer = await ctx.http.send({
    method: 'GET',
    url: `${ctx.origin('appview')}/xrpc/app.bsky.actor.getProfile`,
    query: { actor: ctx.account.externalId },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
  const view = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  if (!view) return { outcome: 'failed', failure: failureOf(answer, 'count the followers', ctx.now()) }
  const raw: Record<string, Json> = {}
  for (const name of ['followersCount', 'followsCount', 'postsCount']) {
    const count = asNumber(view[name])
    if (count !== undefined) raw[name] = count
  }
  return {
    outcome: 'done',
    value: {
      followers: asNumber(view.followersCount),
      following: asNumber(view.followsCount),
      posts: asNumber(view.postsCount),
      raw,
    },
  }
}

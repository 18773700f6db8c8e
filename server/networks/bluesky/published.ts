import { asList, asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { failureOf } from './failure.ts'
import { parsePostAddress } from './post-address.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

/** app.bsky.feed.getPosts: uris, maxLength. */
export const metricsBatchMax = 25

const counts = ['likeCount', 'repostCount', 'quoteCount', 'replyCount', 'bookmarkCount']

/** Deleting what is not there any more is answered 200 as well. */
export async function remove(ctx: AccountContext, published: Published): Promise<Done> {
  const address = parsePostAddress(published.externalId)
  if (!address || address.repo !== ctx.account.externalId)
    return {
      outcome: 'failed',
      failure: {
        class: 'permanent',
        rule: 'bluesky.not_its_post',
        message: `${published.externalId} is no post of this account.`,
        remedy: 'Delete it in the Bluesky app.',
      },
    }
  const asked = await authorized(ctx, () => ({
    method: 'POST',
    url: `${ctx.origin()}/xrpc/com.atproto.repo.deleteRecord`,
    json: { repo: address.repo, collection: 'app.bsky.feed.post', rkey: address.rkey },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind === 'answer' && asked.ok) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: askedFailure(asked, 'delete the post', ctx.now()) }
}

/** Bluesky counts no views. A post that is gone, or not seen by the app view yet, is left out. */
export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const answer = await ctx.http.send({
    method: 'GET',
    url: `${ctx.origin('appview')}/xrpc/app.bsky.feed.getPosts`,
    query: { uris: published.map(({ externalId }) => externalId) },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  if (!body) return { outcome: 'failed', failure: failureOf(answer, 'count what happened since', ctx.now()) }
  return { outcome: 'done', value: asList(body.posts).flatMap(metricsOf) }
}

function metricsOf(view: unknown): PostMetrics[] {
  const post = asRecord(view)
  const externalId = asString(post?.uri)
  if (!post || !externalId) return []
  const raw: Record<string, Json> = {}
  for (const name of counts) {
    const count = asNumber(post[name])
    if (count !== undefined) raw[name] = count
  }
  const reposts = asNumber(post.repostCount)
  const quotes = asNumber(post.quoteCount)
  return [
    {
      externalId,
      likes: asNumber(post.likeCount),
      comments: asNumber(post.replyCount),
      shares: reposts === undefined && quotes === undefined ? undefined : (reposts ?? 0) + (quotes ?? 0),
      saves: asNumber(post.bookmarkCount),
      raw,
    },
  ]
}

import { asList, asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

/** GET /2/tweets: ids, at most 100. */
export const metricsBatchMax = 100

export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const asked = await authorized(ctx, () => ({
    method: 'DELETE',
    url: `${ctx.origin()}/2/tweets/${externalId}`,
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  // What is not there any more is as good as removed.
  if (asked.kind === 'answer' && (asked.ok || asked.status === 404)) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: askedFailure(asked, 'delete the post', ctx.now()) }
}

/** Posts that are gone stand in `errors` of the answer, and are left out. */
export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const asked = await authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}/2/tweets`,
    query: {
      ids: published.map(({ externalId }) => externalId).join(','),
      'post.fields': 'public_metrics',
    },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  const body = asked.kind === 'answer' && asked.ok ? asRecord(asked.json) : undefined
  if (!body)
    return { outcome: 'failed', failure: askedFailure(asked, 'count what happened since', ctx.now()) }
  return { outcome: 'done', value: asList(body.data).flatMap(metricsOf) }
}

function metricsOf(value: unknown): PostMetrics[] {
  const post = asRecord(value)
  const counts = asRecord(post?.public_metrics)
  const externalId = asString(post?.id)
  if (!counts || !externalId) return []
  // `repost_count` since the renaming of 2026, `retweet_count` before.
  const reposts = asNumber(counts.repost_count) ?? asNumber(counts.retweet_count)
  const quotes = asNumber(counts.quote_count)
  return [
    {
      externalId,
      impressions: asNumber(counts.impression_count),
      likes: asNumber(counts.like_count),
      comments: asNumber(counts.reply_count),
      shares: reposts === undefined && quotes === undefined ? undefined : (reposts ?? 0) + (quotes ?? 0),
      saves: asNumber(counts.bookmark_count),
      raw: counts as Record<string, Json>,
    },
  ]
}

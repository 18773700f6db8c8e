import { asId, asList, asNumber, asRecord } from '../../net/read-json.ts'
import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { failureOf } from './failure.ts'
import { send } from './request.ts'

/** The most ids `GET /api/v1/statuses` takes (Api::V1::StatusesController, read 2026-11-22). */
export const metricsBatchMax = 20

/** Deletes a post. One that is gone already is deleted. */
export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const path = statusPath(externalId)
  const answer = await send(ctx, { method: 'DELETE', path })
  if (answer.kind === 'answer' && answer.ok) return { outcome: 'done', value: null }
  if (answer.kind === 'answer' && (answer.status === 404 || answer.status === 405)) {
    // 404 also comes from servers that cannot delete over the API (snac2): is the post still there?
    const there = await send(ctx, { method: 'GET', path })
    if (there.kind === 'answer' && (there.status === 404 || there.status === 410))
      return { outcome: 'done', value: null }
    if (there.kind === 'answer' && there.ok)
      return {
        outcome: 'failed',
        failure: {
          class: 'permanent',
          rule: 'mastodon.cannot_delete',
          message: 'The server of this account does not delete posts over its API',
          remedy: 'Delete the post on its own page.',
        },
      }
  }
  return { outcome: 'failed', failure: failureOf(answer, 'delete the post', ctx.now()) }
}

/** Counts of up to 20 posts in one request, or one by one on servers without it (before 4.3, and others). */
export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const ids = published.map((one) => one.externalId)
  const answer = await send(ctx, { method: 'GET', path: '/api/v1/statuses', query: { 'id[]': ids } })
  if (answer.kind === 'answer' && answer.ok && Array.isArray(answer.json))
    return { outcome: 'done', value: asList(answer.json).flatMap(metricsFrom) }
  const isMissing = answer.kind === 'answer' && (answer.ok || [400, 404, 405, 422].includes(answer.status))
  return isMissing
    ? metricsOneByOne(ctx, ids)
    : { outcome: 'failed', failure: failureOf(answer, 'read the counts', ctx.now()) }
}

async function metricsOneByOne(ctx: AccountContext, ids: string[]): Promise<Outcome<PostMetrics[]>> {
  const found: PostMetrics[] = []
  for (const id of ids) {
    const answer = await send(ctx, { method: 'GET', path: statusPath(id) })
    if (answer.kind === 'answer' && answer.ok) found.push(...metricsFrom(answer.json))
    else if (answer.kind !== 'answer' || (answer.status !== 404 && answer.status !== 410))
      return { outcome: 'failed', failure: failureOf(answer, 'read the counts', ctx.now()) }
  }
  return { outcome: 'done', value: found }
}

const statusPath = (id: string) => `/api/v1/statuses/${encodeURIComponent(id)}`

/** Quotes pass a post on as boosts do; they are counted since 4.5. Mastodon tells nobody how often a post was seen. */
function metricsFrom(value: unknown): PostMetrics[] {
  const status = asRecord(value)
  const externalId = asId(status?.id)
  if (!status || !externalId) return []
  const count = (name: string) => asNumber(status[name])
  const reblogs = count('reblogs_count')
  const quotes = count('quotes_count')
  const raw: Record<string, Json> = {}
  for (const name of ['favourites_count', 'reblogs_count', 'quotes_count', 'replies_count'])
    if (count(name) !== undefined) raw[name] = count(name) ?? null
  return [
    {
      externalId,
      likes: count('favourites_count'),
      comments: count('replies_count'),
      shares: reblogs === undefined ? undefined : reblogs + (quotes ?? 0),
      raw,
    },
  ]
}

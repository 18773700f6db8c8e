import {
  asCount,
  asRecord,
  asString,
  graphError,
  graphFailure,
  graphList,
  graphObject,
  sendGraph,
} from '../graph-api.ts'
import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { threadsGraph, tokenOf, version } from './api.ts'

/** One request for each post; the account's calls are many, a page of posts is not. */
export const metricsBatchMax = 20

export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const token = await tokenOf(ctx)
  const counted: PostMetrics[] = []
  for (const { externalId } of published) {
    const answer = await sendGraph(ctx, token, {
      method: 'GET',
      path: `${version}/${externalId}/insights`,
      query: { metric: 'views,likes,replies,reposts,quotes,shares' },
    })
    const list = graphList(answer)
    if (list) counted.push(countsOf(externalId, list))
    // A post that was deleted there has no numbers; the others have.
    else if (!isGone(answer))
      return { outcome: 'failed', failure: graphFailure(threadsGraph, answer, 'tell the numbers of a post') }
  }
  return { outcome: 'done', value: counted }
}

function countsOf(externalId: string, list: Record<string, Json>[]): PostMetrics {
  const raw: Record<string, Json> = {}
  for (const metric of list) {
    const [first] = Array.isArray(metric.values) ? metric.values : []
    const name = asString(metric.name)
    const value = asCount(asRecord(first)?.value)
    if (name && value !== undefined) raw[name] = value
  }
  const [views, likes, comments] = [asCount(raw.views), asCount(raw.likes), asCount(raw.replies)]
  const passedOn = [raw.reposts, raw.quotes, raw.shares].map(asCount).filter((count) => count !== undefined)
  return {
    externalId,
    ...(views !== undefined && { views }),
    ...(likes !== undefined && { likes }),
    ...(comments !== undefined && { comments }),
    ...(passedOn.length > 0 && { shares: passedOn.reduce((sum, count) => sum + count, 0) }),
    raw,
  }
}

/** 100 deletions in 24 hours for one profile (docs/threads/overview, read 2026-11-22). */
export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const answer = await sendGraph(ctx, await tokenOf(ctx), {
    method: 'DELETE',
    path: `${version}/${externalId}`,
  })
  if (graphObject(answer)?.success === true || isGone(answer)) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: graphFailure(threadsGraph, answer, 'delete the post') }
}

/** "Object does not exist": 100 with subcode 33. */
function isGone(answer: Parameters<typeof graphError>[0]): boolean {
  const error = graphError(answer)
  return error?.code === 100 && error.subcode === 33
}

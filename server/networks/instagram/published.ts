import { asCount, asRecord, asString, graphError, graphFailure, graphList, sendGraph } from '../graph-api.ts'
import type { AccountContext, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { instagramGraph, tokenOf, version } from './api.ts'

/** One request for each post. */
export const metricsBatchMax = 20

/** `impressions` and `plays` are gone since 21 April 2025 (.../reference/instagram-media/insights, 18 June 2026). */
const feedMetrics = 'views,reach,likes,comments,saved,shares,total_interactions'
const storyMetrics = 'views,reach,shares,replies,total_interactions'

export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const token = await tokenOf(ctx)
  const counted: PostMetrics[] = []
  for (const { externalId, data } of published) {
    const isStory = asRecord(data)?.isStory === true
    const answer = await sendGraph(ctx, token, {
      method: 'GET',
      path: `${version}/${externalId}/insights`,
      query: { metric: isStory ? storyMetrics : feedMetrics },
    })
    const list = graphList(answer)
    if (list) counted.push(countsOf(externalId, list))
    else if (!hasNoNumbers(answer))
      return {
        outcome: 'failed',
        failure: graphFailure(instagramGraph, answer, 'tell the numbers of a post'),
      }
  }
  return { outcome: 'done', value: counted }
}

function countsOf(externalId: string, list: Record<string, Json>[]): PostMetrics {
  const raw: Record<string, Json> = {}
  for (const metric of list) {
    const [first] = Array.isArray(metric.values) ? metric.values : []
    const name = asString(metric.name)
    const value = asCount(asRecord(first)?.value ?? asRecord(metric.total_value)?.value)
    if (name && value !== undefined) raw[name] = value
  }
  return {
    externalId,
    ...present('views', raw.views),
    ...present('reach', raw.reach),
    ...present('likes', raw.likes),
    ...present('comments', raw.comments ?? raw.replies),
    ...present('shares', raw.shares),
    ...present('saves', raw.saved),
    raw,
  }
}

const present = (name: string, value: Json | undefined) => {
  const count = asCount(value)
  return count === undefined ? {} : { [name]: count }
}

/** The post is gone, a story is over, or too few people saw it (code 10 under five viewers). */
function hasNoNumbers(answer: Parameters<typeof graphError>[0]): boolean {
  const error = graphError(answer)
  return (error?.code === 100 && error.subcode === 33) || error?.code === 10
}

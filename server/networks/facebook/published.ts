import {
  asCount,
  asRecord,
  asString,
  graphError,
  graphFailure,
  graphList,
  graphObject,
} from '../graph-api.ts'
import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { facebookGraph, sendAsPage, version } from './api.ts'

/** Two requests for each post. */
export const metricsBatchMax = 20

/** What is left after `post_impressions*` was removed on 15 November 2025 (pages-api/.../deprecated-metrics). */
const insightNames = 'post_media_view,post_total_media_view_unique'

export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const counted: PostMetrics[] = []
  for (const post of published) {
    const fields = isVideo(post)
      ? 'likes.limit(0).summary(total_count),comments.limit(0).summary(total_count),views'
      : 'reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count),shares'
    const answer = await sendAsPage(ctx, {
      method: 'GET',
      path: `${version}/${post.externalId}`,
      query: { fields },
    })
    const body = graphObject(answer)
    if (body) counted.push({ ...countsOf(post, body), ...(await viewsOf(ctx, post, body)) })
    else if (!isGone(answer))
      return { outcome: 'failed', failure: graphFailure(facebookGraph, answer, 'tell the numbers of a post') }
  }
  return { outcome: 'done', value: counted }
}

const isVideo = ({ data }: Published) => ['video', 'reel'].includes(asString(asRecord(data)?.form) ?? '')

function countsOf({ externalId }: Published, body: Record<string, Json>): PostMetrics {
  const total = (edge: Json | undefined) => asCount(asRecord(asRecord(edge)?.summary)?.total_count)
  const [likes, comments] = [total(body.reactions ?? body.likes), total(body.comments)]
  // A post that nobody shared has no such field.
  const shares = 'reactions' in body ? (asCount(asRecord(body.shares)?.count) ?? 0) : undefined
  return {
    externalId,
    ...(likes !== undefined && { likes }),
    ...(comments !== undefined && { comments }),
    ...(shares !== undefined && { shares }),
    raw: body,
  }
}

/** Insights need a permission and a day; a page without them still has its reactions. */
async function viewsOf(
  ctx: AccountContext,
  post: Published,
  body: Record<string, Json>,
): Promise<{ views?: number; reach?: number }> {
  if (isVideo(post)) {
    const views = asCount(body.views)
    return views === undefined ? {} : { views }
  }
  const answer = await sendAsPage(ctx, {
    method: 'GET',
    path: `${version}/${post.externalId}/insights`,
    query: { metric: insightNames },
  })
  const insight = (name: string) => {
    const metric = graphList(answer)?.find((one) => one.name === name)
    const [first] = Array.isArray(metric?.values) ? metric.values : []
    return asCount(asRecord(first)?.value)
  }
  const [views, reach] = [insight('post_media_view'), insight('post_total_media_view_unique')]
  return { ...(views !== undefined && { views }), ...(reach !== undefined && { reach }) }
}

export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const answer = await sendAsPage(ctx, { method: 'DELETE', path: `${version}/${externalId}` })
  if (graphObject(answer)?.success === true || isGone(answer)) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: graphFailure(facebookGraph, answer, 'delete the post') }
}

/** "Object does not exist": 100 with subcode 33. */
function isGone(answer: Parameters<typeof graphError>[0]): boolean {
  const error = graphError(answer)
  return error?.code === 100 && error.subcode === 33
}

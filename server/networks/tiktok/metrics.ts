import type { AccountContext, Outcome, PostMetrics, Published } from '../network.ts'
import { asNumber, asRecord, asString, dataOf } from './answers.ts'
import { failureOf } from './failure.ts'
import { callApi } from './request.ts'
import { readStatus } from './status.ts'

/** "max 20 video ids" (tiktok-api-v2-video-query). */
export const metricsBatchMax = 20

const fields = 'id,view_count,like_count,comment_count,share_count'

/** Counts of public posts. One that was published without an id is asked for it; private ones have no counts. */
export async function metrics(ctx: AccountContext, posts: Published[]): Promise<Outcome<PostMetrics[]>> {
  const byPostId = new Map<string, string>()
  for (const post of posts) {
    const postId = await postIdOf(ctx, post)
    if (postId !== null) byPostId.set(postId, post.externalId)
  }
  if (byPostId.size === 0) return { outcome: 'done', value: [] }
  const answer = await callApi(ctx, {
    method: 'POST',
    path: '/v2/video/query/',
    query: { fields },
    json: { filters: { video_ids: [...byPostId.keys()] } },
  })
  const data = dataOf(answer)
  if (!data) return { outcome: 'failed', failure: failureOf(answer, 'count the views') }
  const videos = Array.isArray(data.videos) ? data.videos.map(asRecord) : []
  return {
    outcome: 'done',
    value: videos.flatMap((video): PostMetrics[] => {
      const externalId = byPostId.get(asString(video?.id) ?? '')
      if (!video || externalId === undefined) return []
      const { id: _, ...raw } = video
      return [
        {
          externalId,
          views: asNumber(video.view_count),
          likes: asNumber(video.like_count),
          comments: asNumber(video.comment_count),
          shares: asNumber(video.share_count),
          raw,
        },
      ]
    }),
  }
}

async function postIdOf(ctx: AccountContext, { externalId, data }: Published): Promise<string | null> {
  if (/^\d+$/.test(externalId)) return externalId
  const publishId = asString(asRecord(data)?.publishId) ?? externalId
  const status = await readStatus(ctx, publishId)
  return status.outcome === 'done' ? status.value.postId : null
}

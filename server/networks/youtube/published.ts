import { asList, asRecord, asString, at } from '../../net/read-json.ts'
import type { AccountContext, Done, Json, Outcome, PostMetrics, Published } from '../network.ts'
import { askApi } from './access.ts'
import { countAt } from './channel.ts'
import { failureOf, reasonOf } from './failure.ts'

/** The most ids videos.list takes (youtube discovery document, rev. 20230321). */
export const metricsBatchMax = 50

/** Deletes a video. One that is gone already is deleted. */
export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const asked = await askApi(ctx, { method: 'DELETE', path: '/videos', query: { id: externalId } })
  if (asked.kind === 'answer' && (asked.ok || reasonOf(asked) === 'videoNotFound'))
    return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(asked, 'delete the video', ctx.now()) }
}

/** Views, likes and comments; the likes are left out where the channel hides them. */
export async function metrics(ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> {
  const id = published.map(({ externalId }) => externalId).join(',')
  const asked = await askApi(ctx, { method: 'GET', path: '/videos', query: { part: 'statistics', id } })
  const items = asked.kind === 'answer' && asked.ok ? at(asked.json, 'items') : undefined
  if (!Array.isArray(items))
    return { outcome: 'failed', failure: failureOf(asked, 'read the counts', ctx.now()) }
  return { outcome: 'done', value: asList(items).flatMap(metricsFrom) }
}

function metricsFrom(video: unknown): PostMetrics[] {
  const externalId = asString(at(video, 'id'))
  if (!externalId) return []
  const raw: Record<string, Json> = {}
  for (const name of Object.keys(asRecord(at(video, 'statistics')) ?? {}))
    raw[name] = countAt(video, name) ?? null
  return [
    {
      externalId,
      views: countAt(video, 'viewCount'),
      likes: countAt(video, 'likeCount'),
      comments: countAt(video, 'commentCount'),
      raw,
    },
  ]
}

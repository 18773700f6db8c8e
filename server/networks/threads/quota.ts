import type { Failure } from '../../domain/delivery.ts'
import { asCount, asRecord, graphList, sendGraph } from '../graph-api.ts'
import type { PublishContext } from '../network.ts'
import { version } from './api.ts'

/** The window slides: within an hour something comes back, as the posts of that hour a day ago fall out of it. */
const slideMs = 3_600_000

/**
 * 250 posts in 24 hours for one profile (docs/threads/overview, read 2026-11-22). Asking first tells it in advance;
 * an answer that is not understood stops nothing, since publishing itself is refused all the same.
 */
export async function quotaFailure(ctx: PublishContext, token: string): Promise<Failure | null> {
  const answer = await sendGraph(ctx, token, {
    method: 'GET',
    path: `${version}/me/threads_publishing_limit`,
    query: { fields: 'quota_usage,config' },
  })
  const [limit] = graphList(answer) ?? []
  const used = asCount(limit?.quota_usage)
  const total = asCount(asRecord(limit?.config)?.quota_total)
  if (used === undefined || total === undefined) return null
  ctx.budget?.(Math.max(0, total - used), new Date(ctx.now().getTime() + slideMs))
  if (used < total) return null
  return {
    class: 'rate_limited',
    rule: 'threads.quota_reached',
    message: `This account has published ${used} posts on Threads in 24 hours, the most that is allowed.`,
    remedy: 'Nothing to do: it is tried again every hour.',
    retryAfterMs: slideMs,
  }
}

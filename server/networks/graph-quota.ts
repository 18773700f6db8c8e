/** How many posts an account may still publish in 24 hours, as Instagram and Threads tell it. */
import type { Failure } from '../domain/delivery.ts'
import { asCount, asRecord, type GraphNetwork, graphList, sendGraph } from './graph-api.ts'
import type { PublishContext } from './network.ts'

/** The window slides: within an hour something comes back, as the posts of that hour a day ago fall out of it. */
const slideMs = 3_600_000

/**
 * Asks before anything is prepared, and keeps the account's budget. An answer that is not understood stops nothing,
 * since publishing itself is refused all the same.
 * @param path of the edge that tells it
 */
export async function quotaFailure(
  ctx: PublishContext,
  network: GraphNetwork,
  token: string,
  path: string,
): Promise<Failure | null> {
  const answer = await sendGraph(ctx, token, { method: 'GET', path, query: { fields: 'quota_usage,config' } })
  const [limit] = graphList(answer) ?? []
  const used = asCount(limit?.quota_usage)
  const total = asCount(asRecord(limit?.config)?.quota_total)
  if (used === undefined || total === undefined) return null
  ctx.budget?.(Math.max(0, total - used), new Date(ctx.now().getTime() + slideMs))
  if (used < total) return null
  return {
    class: 'rate_limited',
    rule: `${network.id}.quota_reached`,
    message: `This account has published ${used} posts on ${network.name} in 24 hours, the most that is allowed.`,
    remedy: 'Nothing to do: it is tried again every hour.',
    retryAfterMs: slideMs,
  }
}

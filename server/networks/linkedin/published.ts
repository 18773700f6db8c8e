import type { AccountContext, Done, Outcome, PostMetrics, Published } from '../network.ts'
import { isPage } from './author.ts'
import { memberPostMetrics } from './member-statistics.ts'
import { pagePostMetrics } from './page-statistics.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

/** A page's posts are counted in one request; for a member's, five are made for each. */
export const metricsBatchMax = 20

export const metrics = (ctx: AccountContext, published: Published[]): Promise<Outcome<PostMetrics[]>> =>
  isPage(ctx) ? pagePostMetrics(ctx, published) : memberPostMetrics(ctx, published)

export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const asked = await authorized(ctx, () => ({
    method: 'DELETE',
    url: `${ctx.origin()}/rest/posts/${encodeURIComponent(externalId)}`,
    headers: { 'x-restli-method': 'DELETE' },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  if (asked.kind === 'answer' && (asked.ok || asked.status === 404)) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: askedFailure(asked, 'delete the post', ctx.now()) }
}

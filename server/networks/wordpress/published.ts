import type { AccountContext, Done, Outcome, PostMetrics, Published } from '../network.ts'
import { failureOf } from './failure.ts'
import { asRecord, sendForAccount } from './request.ts'

/** One request each. */
export const metricsBatchMax = 10

/** Into the bin of the site, from which a person can bring it back. */
export async function remove(ctx: AccountContext, { externalId }: Published): Promise<Done> {
  const answer = await sendForAccount(ctx, { method: 'DELETE', route: `/wp/v2/posts/${externalId}` })
  const isGone = answer.kind === 'answer' && (answer.ok || goneCodes.has(String(asRecord(answer.json)?.code)))
  if (isGone) return { outcome: 'done', value: null }
  return { outcome: 'failed', failure: failureOf(answer, 'delete the post') }
}

const goneCodes = new Set(['rest_already_trashed', 'rest_post_invalid_id'])

/** Comments that are visible; WordPress itself counts neither readers nor likes. */
export async function metrics(ctx: AccountContext, posts: Published[]): Promise<Outcome<PostMetrics[]>> {
  const counted: PostMetrics[] = []
  for (const { externalId } of posts) {
    const answer = await sendForAccount(ctx, {
      method: 'GET',
      route: '/wp/v2/comments',
      query: { post: externalId, per_page: 1, _fields: 'id' },
    })
    const total =
      answer.kind === 'answer' && answer.ok
        ? Number(answer.headers.get('x-wp-total') ?? Number.NaN)
        : Number.NaN
    if (!Number.isFinite(total))
      return { outcome: 'failed', failure: failureOf(answer, 'count the comments') }
    counted.push({ externalId, comments: total, raw: { comments: total } })
  }
  return { outcome: 'done', value: counted }
}

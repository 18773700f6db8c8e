import { sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import type { DeliveryState, Failure } from '../domain/delivery.ts'
import { type Db, plannedEachTime } from './database.ts'
import { type NewEvent, recordEvents } from './events.ts'

/**
 * When the last delivery of a post has settled, `post.published` is told once if one or more is out, and `post.failed`
 * once if one or more is not (answers 1.1). Both may be told. A later round, after a retry, tells only what is new.
 * Call it in the transaction that settles or cancels deliveries, after `refreshPostStatus`.
 * @param failedNow posts of which a delivery failed or became uncertain in this very transaction.
 */
export async function recordSettledPosts(
  tx: Db,
  actor: Actor,
  { now, ...settled }: { postIds: string[]; failedNow: Set<string>; newId(): string; now: Date },
): Promise<void> {
  await recordEvents(tx, actor, now, await settledPostEvents(tx, settled))
}

/** The same events, for a caller who records them together with others. */
export async function settledPostEvents(
  tx: Db,
  { postIds, failedNow, newId }: { postIds: string[]; failedNow: Set<string>; newId(): string },
): Promise<NewEvent[]> {
  const posts = await settledPosts(tx, postIds)
  return posts.flatMap((post) => postEvents(post, failedNow.has(post.postId), newId))
}

function postEvents(post: SettledPost, hasFailedNow: boolean, newId: () => string): NewEvent[] {
  const isOut = post.deliveries.some(({ state }) => state === 'published')
  const isMissing = post.deliveries.some(({ state }) => state === 'failed' || state === 'uncertain')
  const event = (type: string): NewEvent => ({
    id: newId(),
    workspaceId: post.workspaceId,
    type,
    resourceType: 'post',
    resourceId: post.postId,
    data: {
      postId: post.postId,
      brandId: post.brandId,
      status: post.status,
      publishedAt: post.publishedAt?.toISOString() ?? null,
      deliveries: post.deliveries,
    },
  })
  return [
    ...(isOut && !post.toldPublished ? [event('post.published')] : []),
    ...(isMissing && (hasFailedNow || !post.toldFailed) ? [event('post.failed')] : []),
  ]
}

/** A post whose last delivery has settled: nothing of it is scheduled, held or publishing any more. */
export interface SettledPost {
  postId: string
  workspaceId: string
  brandId: string
  status: string
  publishedAt: Date | null
  deliveries: {
    deliveryId: string
    accountId: string
    network: string
    state: DeliveryState
    url: string | null
    externalId: string | null
    failure: Failure | null
  }[]
  /** These events were recorded for it before, in an earlier round (a failed delivery was tried again). */
  toldPublished: boolean
  toldFailed: boolean
}

/** Which of these posts have settled as a whole. The posts must be locked. Indexes: deliveries' unique, events_resource. */
export async function settledPosts(tx: Db, postIds: string[]): Promise<SettledPost[]> {
  if (postIds.length === 0) return []
  const { rows } = await sql<SettledPost>`${sql.raw(plannedEachTime)}
    select posts.id as post_id, posts.workspace_id, posts.brand_id, posts.status, posts.published_at, targets.deliveries,
           exists (select from events where resource_id = posts.id::text and type = 'post.published') as told_published,
           exists (select from events where resource_id = posts.id::text and type = 'post.failed') as told_failed
    from posts cross join lateral (
      select json_agg(json_build_object('deliveryId', id, 'accountId', account_id, 'network', network, 'state', state,
               'url', url, 'externalId', external_id, 'failure', failure) order by position) as deliveries,
             bool_or(state in ('scheduled', 'held', 'publishing')) as is_unsettled
      from deliveries where post_id = posts.id
    ) as targets
    where posts.id = any (${postIds}::uuid[]) and not targets.is_unsettled`.execute(tx)
  return rows
}

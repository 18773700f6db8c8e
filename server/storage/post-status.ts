import { sql } from 'kysely'
import { type Db, plannedEachTime } from './database.ts'

/**
 * Derives status and publishedAt of posts from their deliveries; called in every transaction that changes a delivery.
 * The posts are locked in id order first, so that transactions over several posts cannot deadlock.
 */
export async function refreshPostStatus(tx: Db, postIds: string[], now: Date): Promise<void> {
  if (postIds.length === 0) return
  await sql`${sql.raw(plannedEachTime)}
    with locked as (
      select id from posts where id = any (${postIds}::uuid[]) order by id for no key update
    ), derived as (
      select locked.id,
             post_status_of(array_agg(deliveries.state) filter (where deliveries.id is not null)) as status,
             min(deliveries.published_at) as published_at
      from locked left join deliveries on deliveries.post_id = locked.id
      group by locked.id
    )
    update posts set status = derived.status, published_at = derived.published_at, updated_at = ${now}
    from derived
    where posts.id = derived.id
      and (posts.status, posts.published_at) is distinct from (derived.status, derived.published_at)`.execute(
    tx,
  )
}

import { sql } from 'kysely'
import type { Db } from './database.ts'
import { refreshPostStatus } from './post-status.ts'
import { uuidV7At } from './uuid-v7.ts'

/**
 * What a brand leaves behind when it is deleted. Its accounts were disconnected before (`storage/disconnect.ts`);
 * here go the deliveries of its posts to accounts of other brands, its queues, and its recurrences. What was published
 * stays, and so does the row of the brand: posts and their numbers belong to it.
 * @returns the next default brand when this one was it: the oldest that is left.
 */
export async function retireBrand(
  tx: Db,
  brand: { id: string; workspaceId: string },
  now: Date,
): Promise<{ newDefaultId: string | null }> {
  await cancelPostsOf(tx, brand.id, now)
  await tx.deleteFrom('queues').where('brandId', '=', brand.id).execute()
  await tx
    .updateTable('recurrences')
    .set({ status: 'ended', nextRunAt: null, pauseReason: 'Its brand was deleted.', updatedAt: now })
    .where('brandId', '=', brand.id)
    .where('status', '!=', 'ended')
    .execute()
  await tx
    .updateTable('brands')
    .set({ deletedAt: now, isDefault: false, updatedAt: now })
    .where('id', '=', brand.id)
    .execute()
  return { newDefaultId: await ensureDefault(tx, brand.workspaceId, now) }
}

/** As disconnecting does: a fenced write settles by itself, everything else that waited is cancelled and says why. */
async function cancelPostsOf(tx: Db, brandId: string, now: Date): Promise<void> {
  // Posts before deliveries, as everybody who changes them.
  await sql`
    select id from posts where brand_id = ${brandId}
      and exists (select from deliveries where post_id = posts.id and state in ('scheduled', 'held', 'publishing'))
    order by id for no key update`.execute(tx)
  const { rows } = await sql<{ postId: string }>`
    with waiting as (
      select deliveries.id from deliveries join posts on posts.id = deliveries.post_id
      where posts.brand_id = ${brandId}
        and (deliveries.state in ('scheduled', 'held') or (deliveries.state = 'publishing' and not deliveries.fenced))
      order by deliveries.id for update of deliveries
    ), cancelled as (
      update deliveries
      set state = 'cancelled', wake_at = null, attempt = attempt + 1, lease_owner = null, lease_until = null,
          failure = null, updated_at = ${now}
      from waiting where deliveries.id = waiting.id
      returning deliveries.id, workspace_id, post_id
    ), told as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, created_at)
      select ${uuidV7At(now)}, workspace_id, post_id, id, 'cancelled', 'Not published: its brand was deleted.', ${now}
      from cancelled
    )
    select post_id from cancelled`.execute(tx)
  await refreshPostStatus(tx, [...new Set(rows.map((row) => row.postId))], now)
}

/** Uses brands_workspace. */
async function ensureDefault(tx: Db, workspaceId: string, now: Date): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    update brands set is_default = true, updated_at = ${now}
    where id = (select id from brands where workspace_id = ${workspaceId} and deleted_at is null order by id limit 1)
      and not exists (select from brands where workspace_id = ${workspaceId} and is_default)
    returning id`.execute(tx)
  return rows[0]?.id ?? null
}

export async function countBrands(tx: Db, workspaceId: string): Promise<number> {
  const row = await tx
    .selectFrom('brands')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspaceId', '=', workspaceId)
    .where('deletedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return row.count
}

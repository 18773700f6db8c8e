import { type Selectable, sql } from 'kysely'
import type { DeliveryState, Failure } from '../domain/delivery.ts'
import type { Db } from './database.ts'
import { json } from './json.ts'
import type { BufferPosts } from './schema.ts'
import { uuidV7At } from './uuid-v7.ts'

/** What Buffer has, or may have, of one delivery. */
export type BufferPostRow = Selectable<BufferPosts>

/** A delivery of an account that publishes through Buffer, beside what Buffer has of it; either may be missing. */
export interface BufferSide {
  deliveryId: string
  postId: string
  workspaceId: string
  accountId: string
  network: string
  channelId: string
  /** Null when the delivery is gone. */
  state: DeliveryState | null
  dueAt: Date | null
  row: BufferPostRow | null
}

/** Everything of these posts that concerns Buffer. Indexes: the deliveries' unique one, buffer_posts_post. */
export async function bufferSidesOf(tx: Db, postIds: string[]): Promise<BufferSide[]> {
  if (postIds.length === 0) return []
  // Most posts have nothing to do with Buffer, and find out with one statement.
  const concerned = await sql<{ isConcerned: boolean }>`
    select exists (select from buffer_posts where post_id = any (${postIds}::uuid[]))
        or exists (select from deliveries join accounts on accounts.id = account_id
                   where post_id = any (${postIds}::uuid[]) and buffer_profile_id is not null) as is_concerned`.execute(
    tx,
  )
  if (!concerned.rows[0]?.isConcerned) return []
  const { rows } = await sql<Omit<BufferSide, 'row'>>`
    select deliveries.id as delivery_id, post_id, deliveries.workspace_id, account_id, deliveries.network,
           buffer_profile_id as channel_id, deliveries.state, due_at
    from deliveries join accounts on accounts.id = account_id
    where post_id = any (${postIds}::uuid[]) and buffer_profile_id is not null
    order by post_id, position`.execute(tx)
  const kept = await tx
    .selectFrom('bufferPosts')
    .selectAll()
    .where(sql<boolean>`post_id = any (${postIds}::uuid[])`)
    .orderBy('deliveryId')
    .execute()
  const byDelivery = new Map(kept.map((row) => [row.deliveryId, row]))
  const known = new Set(rows.map(({ deliveryId }) => deliveryId))
  return [
    ...rows.map((side) => ({ ...side, row: byDelivery.get(side.deliveryId) ?? null })),
    ...kept
      .filter(({ deliveryId }) => !known.has(deliveryId))
      .map((row) => ({ ...row, network: '', state: null, dueAt: null, row })),
  ]
}

export async function bufferRow(tx: Db, deliveryId: string): Promise<BufferPostRow | null> {
  const row = await tx
    .selectFrom('bufferPosts')
    .selectAll()
    .where('deliveryId', '=', deliveryId)
    .executeTakeFirst()
  return row ?? null
}

/**
 * The fence: "about to ask Buffer to make this" goes to disk. A row that is there already keeps whoever asks out.
 * @returns false when there is one.
 */
export async function fenceBufferPost(
  tx: Db,
  post: {
    deliveryId: string
    workspaceId: string
    postId: string
    accountId: string
    channelId: string
    content: unknown
    overAt: Date
  },
  now: Date,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('bufferPosts')
    .values({
      ...post,
      content: json(post.content),
      isContentCertain: false,
      state: 'asked',
      askedAt: now,
      busyUntil: post.overAt,
      createdAt: now,
      updatedAt: now,
    })
    .onConflict((conflict) => conflict.column('deliveryId').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/**
 * Keeps others from talking to Buffer about this until `until`. Only while the row is what the caller saw.
 * @returns false when somebody else does, or has since.
 */
export async function holdBufferRow(
  tx: Db,
  row: BufferPostRow,
  { until, content, now }: { until: Date; content?: unknown; now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('bufferPosts')
    .set({
      busyUntil: until,
      updatedAt: now,
      ...(content !== undefined && { content: json(content), isContentCertain: false }),
    })
    .where('deliveryId', '=', row.deliveryId)
    .where('updatedAt', '=', row.updatedAt)
    .where('state', '=', row.state)
    .where((is) => is.or([is('busyUntil', 'is', null), is('busyUntil', '<=', now)]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What became known of a row. Whoever is done talking to Buffer about it says `busyUntil: null`. */
export async function recordBufferRow(
  tx: Db,
  deliveryId: string,
  {
    content,
    ...change
  }: Partial<
    Pick<
      BufferPostRow,
      | 'state'
      | 'bufferPostId'
      | 'isContentCertain'
      | 'dueAt'
      | 'overAt'
      | 'absentAt'
      | 'organizationId'
      | 'busyUntil'
    >
  > & { content?: unknown },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('bufferPosts')
    .set({
      ...change,
      ...(content !== undefined && { content: json(content) }),
      updatedAt: now,
    })
    .where('deliveryId', '=', deliveryId)
    .execute()
}

/** Buffer has nothing of this, or nothing that concerns us any more. */
export async function dropBufferRows(tx: Db, deliveryIds: string[]): Promise<void> {
  if (deliveryIds.length === 0) return
  await tx.deleteFrom('bufferPosts').where(sql<boolean>`delivery_id = any (${deliveryIds}::uuid[])`).execute()
}

/** Posts that Buffer was asked to make in this channel without an answer. Index buffer_posts_asked. */
export async function askedInChannel(
  tx: Db,
  workspaceId: string,
  channelId: string,
): Promise<BufferPostRow[]> {
  return await tx
    .selectFrom('bufferPosts')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('channelId', '=', channelId)
    .where('state', '=', 'asked')
    .orderBy('askedAt')
    .limit(50)
    .execute()
}

/** Which of Buffer's posts are known to be ours. */
export async function knownBufferPosts(tx: Db, workspaceId: string, ids: string[]): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('bufferPosts')
    .select('bufferPostId')
    .where('workspaceId', '=', workspaceId)
    .where(sql<boolean>`buffer_post_id = any (${ids}::text[])`)
    .execute()
  return new Set(rows.map(({ bufferPostId }) => bufferPostId ?? ''))
}

/** Posts that Buffer should have published by now, the oldest first. Index buffer_posts_waiting. */
export async function dueBufferPosts(
  db: Db,
  workspaceId: string,
  before: Date,
  limit: number,
): Promise<BufferPostRow[]> {
  return await db
    .selectFrom('bufferPosts')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('state', '=', 'kept')
    .where('dueAt', '<=', before)
    .orderBy('dueAt')
    .limit(limit)
    .execute()
}

/** Posts of which something waits at Buffer, or may; of some accounts or of the whole workspace. */
export async function postsAtBuffer(
  tx: Db,
  where: { workspaceId: string } | { accountIds: string[] },
): Promise<string[]> {
  const rows = await tx
    .selectFrom('bufferPosts')
    .select('postId')
    .distinct()
    .where('state', '<>', 'sent')
    .$if('workspaceId' in where, (query) =>
      query.where('workspaceId', '=', 'workspaceId' in where ? where.workspaceId : ''),
    )
    .$if('accountIds' in where, (query) =>
      query.where(sql<boolean>`account_id = any (${'accountIds' in where ? where.accountIds : []}::uuid[])`),
    )
    .orderBy('postId')
    .execute()
  return rows.map(({ postId }) => postId)
}

/**
 * What Buffer says became of a delivery. What is out is out, whatever it is here; what failed can fail here only while
 * it waits, or is a draft that was to be scheduled.
 */
export async function endBufferDelivery(
  tx: Db,
  deliveryId: string,
  end:
    | { state: 'published'; at: Date; url: string | null }
    | { state: 'failed' | 'uncertain'; failure: Failure },
  now: Date,
): Promise<{ postId: string; workspaceId: string; accountId: string; network: string } | null> {
  const isOut = end.state === 'published'
  const { rows } = await sql<{ postId: string; workspaceId: string; accountId: string; network: string }>`
    with ended as (
      update deliveries
      set state = ${end.state}::delivery_state, updated_at = ${now}, wake_at = null,
          published_at = ${isOut ? end.at : null}, url = ${isOut ? end.url : null},
          failure = ${isOut ? null : json(end.failure)}::jsonb
      where id = ${deliveryId} and (state in ('draft', 'scheduled', 'held') or (${isOut} and state = 'cancelled'))
        and (${isOut} or not exists (select from posts where posts.id = post_id and approval = 'pending'))
      returning id, post_id, workspace_id, account_id, network
    ), logged as (
      insert into publish_log (id, workspace_id, post_id, delivery_id, action, message, detail, created_at)
      select ${uuidV7At(now)}, workspace_id, post_id, id,
             ${isOut ? 'publish_success' : end.state === 'failed' ? 'publish_failure' : 'uncertain'},
             ${isOut ? 'Published by Buffer.' : end.failure.message},
             ${json(isOut ? { url: end.url } : { rule: end.failure.rule })}::jsonb, ${now}
      from ended
    )
    select post_id, workspace_id, account_id, network from ended`.execute(tx)
  return rows[0] ?? null
}

/** A published delivery and Buffer's post of it, for its numbers. */
export interface SentBufferPost {
  deliveryId: string
  postId: string
  bufferPostId: string
  channelId: string
  organizationId: string | null
  network: string
  publishedAt: Date
}

/** What Buffer published of a workspace since then, the newest first. Indexes deliveries_published, the primary key. */
export async function sentBufferPosts(
  db: Db,
  workspaceId: string,
  since: Date | null,
  limit: number,
): Promise<SentBufferPost[]> {
  const { rows } = await sql<SentBufferPost>`
    select delivery_id, deliveries.post_id, buffer_post_id, channel_id, organization_id, network, published_at
    from deliveries join buffer_posts on delivery_id = deliveries.id
    where deliveries.workspace_id = ${workspaceId} and deliveries.state = 'published' and published_at is not null
      and buffer_posts.state = 'sent' and buffer_post_id is not null
      ${since ? sql`and published_at >= ${since}` : sql``}
    order by published_at desc limit ${limit}`.execute(db)
  return rows
}

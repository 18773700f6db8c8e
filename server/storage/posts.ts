import { type SqlBool, sql } from 'kysely'
import type { ContentType } from '../domain/content-type.ts'
import type { Post } from '../domain/post.ts'
import type { Db } from './database.ts'
import { deliveriesOf, lockDeliveriesOf } from './deliveries.ts'
import { json } from './json.ts'

/** What a person decides about a post, as it is written; storage derives nothing from it. */
export interface PostRow {
  text: string
  title: string | null
  link: string | null
  hashtags: string[]
  contentType: ContentType | null
  options: Record<string, unknown>
  mediaUrls: string[]
  timezone: string | null
  dueAt: Date | null
  campaignId: string | null
  contentHash: Buffer
}

export interface NewPost extends PostRow {
  id: string
  workspaceId: string
  brandId: string
  createdBy: string | null
  createdByExternal?: string | null
  origin: string
  recurrenceId?: string | null
  occurrenceAt?: Date | null
  queueId?: string | null
}

/** Adds a post without targets, a draft; deliveries follow, then `refreshPostStatus`. */
export async function insertPost(tx: Db, post: NewPost, now: Date): Promise<void> {
  await tx
    .insertInto('posts')
    .values({ ...post, options: json(post.options), status: 'draft', createdAt: now, updatedAt: now })
    .execute()
}

/** Writes what changed and counts the version up. */
export async function updatePost(
  tx: Db,
  postId: string,
  changes: Partial<PostRow> & { approval?: Post['approval']; approvedHash?: Buffer | null },
  now: Date,
): Promise<void> {
  const { options, ...rest } = changes
  await tx
    .updateTable('posts')
    .set({
      ...rest,
      ...(options && { options: json(options) }),
      version: sql<number>`version + 1`,
      updatedAt: now,
    })
    .where('id', '=', postId)
    .execute()
}

/** One request is one change, however many statements it took. The post is locked, and was read at `before`. */
export async function countOneChange(tx: Db, postId: string, before: number): Promise<void> {
  await tx
    .updateTable('posts')
    .set({ version: before + 1 })
    .where('id', '=', postId)
    .execute()
}

/** Takes the post and everything under it away; its uploads stay. */
export async function deletePostRow(tx: Db, postId: string): Promise<void> {
  await tx.deleteFrom('posts').where('id', '=', postId).execute()
}

/** Which tenant a post belongs to, so that access can be checked before anything is read; null when there is none. */
export async function workspaceOfPost(tx: Db, postId: string): Promise<string | null> {
  const row = await tx.selectFrom('posts').select('workspaceId').where('id', '=', postId).executeTakeFirst()
  return row?.workspaceId ?? null
}

/** Which of these are drafts that remember a time, in this order. Uses the primary key. */
export async function draftsWithTime(tx: Db, postIds: string[]): Promise<string[]> {
  const rows = await tx
    .selectFrom('posts')
    .select('id')
    .where(sql<SqlBool>`id = any (${postIds}::uuid[])`)
    .where('status', '=', 'draft')
    .where('dueAt', 'is not', null)
    .execute()
  const drafts = new Set(rows.map(({ id }) => id))
  return postIds.filter((id) => drafts.has(id))
}

export async function findPost(tx: Db, postId: string): Promise<Post | null> {
  return (await findPosts(tx, [postId]))[0] ?? null
}

/** The posts with these ids, in this order; missing ones are left out. Uses the primary key. */
export async function findPosts(tx: Db, postIds: string[]): Promise<Post[]> {
  if (postIds.length === 0) return []
  const rows = await postQuery(tx).where(sql<SqlBool>`posts.id = any (${postIds}::uuid[])`).execute()
  const posts = await withDeliveries(tx, rows)
  const byId = new Map(posts.map((post) => [post.id, post]))
  return postIds.map((id) => byId.get(id)).filter((post) => post !== undefined)
}

/**
 * Locks a post and its deliveries for change, and answers it as it is then. In the order that everyone keeps who
 * changes deliveries (accounts, posts, deliveries by id), so that nobody deadlocks.
 */
export async function lockPost(tx: Db, postId: string): Promise<Post | null> {
  await tx.selectFrom('posts').select('id').where('id', '=', postId).forUpdate().execute()
  await lockDeliveriesOf(tx, [postId])
  return findPost(tx, postId)
}

/** A row of `postQuery` becomes a post once its deliveries are there. */
export async function withDeliveries(tx: Db, rows: QueriedPost[]): Promise<Post[]> {
  const deliveries = await deliveriesOf(
    tx,
    rows.map((row) => row.id),
  )
  const byPost = Map.groupBy(deliveries, (delivery) => delivery.postId)
  return rows.map(({ options, contentType, ...row }) => ({
    ...row,
    contentType: contentType as ContentType | null,
    options: options as Record<string, unknown>,
    deliveries: byPost.get(row.id) ?? [],
  }))
}

type QueriedPost = Awaited<ReturnType<ReturnType<typeof postQuery>['execute']>>[number]

/** One statement for the post, its media and its labels; deliveries come in a second one. */
export function postQuery(tx: Db) {
  return tx.selectFrom('posts').select([
    'posts.id',
    'posts.number',
    'posts.workspaceId',
    'posts.brandId',
    'posts.createdBy',
    'posts.createdByExternal',
    'posts.origin',
    'posts.text',
    'posts.title',
    'posts.link',
    'posts.hashtags',
    'posts.contentType',
    'posts.options',
    'posts.mediaUrls',
    'posts.timezone',
    'posts.dueAt',
    'posts.status',
    'posts.approval',
    'posts.contentHash',
    'posts.approvedHash',
    'posts.campaignId',
    'posts.recurrenceId',
    'posts.queueId',
    'posts.version',
    'posts.publishedAt',
    'posts.createdAt',
    'posts.updatedAt',
    sql<string[]>`array(select media_id from post_media where post_id = posts.id order by position)`.as(
      'mediaIds',
    ),
    sql<string[]>`array(select label_id from post_labels where post_id = posts.id order by label_id)`.as(
      'labelIds',
    ),
    // Index buffer_posts_post.
    sql<string | null>`(select buffer_post_id from buffer_posts
        where post_id = posts.id and buffer_post_id is not null order by created_at, delivery_id limit 1)`.as(
      'bufferPostId',
    ),
  ])
}

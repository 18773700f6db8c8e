import { type SqlBool, sql } from 'kysely'
import type { MediaFacts } from '../domain/draft.ts'
import type { Db } from './database.ts'

/** A file as a post needs to know it: the facts, whether it has arrived, and whose it is. */
export interface PostMedium extends MediaFacts {
  workspaceId: string
  brandId: string
  state: 'pending' | 'ready' | 'failed'
}

/**
 * The files with these ids, in any order; those of other workspaces are left out. Uses the primary key. Whoever
 * deletes one or changes its alt text waits for the end of the transaction, and then sees the post that uses it.
 */
export async function mediaForPosts(tx: Db, workspaceId: string, ids: string[]): Promise<PostMedium[]> {
  if (ids.length === 0) return []
  return tx
    .selectFrom('media')
    .select([
      'id',
      'workspaceId',
      'brandId',
      'state',
      'kind',
      'mimeType',
      'filename',
      'bytes',
      'width',
      'height',
      'durationMs',
      'altText',
    ])
    .where(sql<SqlBool>`id = any (${ids}::uuid[])`)
    .where('workspaceId', '=', workspaceId)
    .forShare()
    .execute()
}

/** The post's own media, in this order, instead of what it had. */
export async function setPostMedia(
  tx: Db,
  post: { id: string; workspaceId: string },
  mediaIds: string[],
): Promise<void> {
  await tx.deleteFrom('postMedia').where('postId', '=', post.id).execute()
  if (mediaIds.length === 0) return
  await tx
    .insertInto('postMedia')
    .values(
      mediaIds.map((mediaId, position) => ({
        workspaceId: post.workspaceId,
        postId: post.id,
        mediaId,
        position,
      })),
    )
    .execute()
}

/** Ids of the posts that show a file, themselves or in an override. Uses post_media_media and the workspace's posts. */
export async function postsWithMedium(tx: Db, workspaceId: string, mediaId: string): Promise<string[]> {
  const { rows } = await sql<{ postId: string }>`
    select post_id from post_media where media_id = ${mediaId} and workspace_id = ${workspaceId}
    union
    select post_id from deliveries
    where workspace_id = ${workspaceId} and media_ids @> array[${mediaId}::uuid]
    order by 1`.execute(tx)
  return rows.map((row) => row.postId)
}

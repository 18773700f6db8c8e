import { type Selectable, sql } from 'kysely'
import type { FileFacts } from '../domain/media-types.ts'
import type { Db } from './database.ts'
import type { Media as MediaTable } from './schema.ts'

/** A file of a brand. `storageKey` says where its bytes are; it never leaves the server. */
export type Media = Selectable<MediaTable>

export type NewMedia = Pick<
  Media,
  | 'id'
  | 'workspaceId'
  | 'brandId'
  | 'filename'
  | 'mimeType'
  | 'kind'
  | 'bytes'
  | 'altText'
  | 'storageKey'
  | 'uploadExpiresAt'
  | 'createdBy'
>

/** Adds a row for a file whose bytes are still to come. */
export async function insertMedia(tx: Db, media: NewMedia, now: Date): Promise<Media> {
  return tx
    .insertInto('media')
    .values({ ...media, state: 'pending', createdAt: now, updatedAt: now })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** By primary key. */
export async function mediaById(tx: Db, id: string): Promise<Media | null> {
  const row = await tx.selectFrom('media').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}

export async function lockMedia(tx: Db, id: string): Promise<Media | null> {
  const row = await tx.selectFrom('media').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row ?? null
}

/** Ready files of a brand, newest first. Index media_brand. */
export async function listMedia(
  tx: Db,
  brandId: string,
  after: string | null,
  limit: number,
): Promise<Media[]> {
  return tx
    .selectFrom('media')
    .selectAll()
    .where('brandId', '=', brandId)
    .where('state', '=', 'ready')
    .$if(after !== null, (query) => query.where('id', '<', after))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** The bytes arrived and are what they should be. Null when the file is no longer pending: another one was faster. */
export async function finishMedia(
  tx: Db,
  id: string,
  ready: Omit<FileFacts, 'kind'> & {
    bytes: number
    sha256: Buffer
    storageKey: string
    altText?: string | null
  },
  now: Date,
): Promise<Media | null> {
  const row = await tx
    .updateTable('media')
    .set({ ...ready, state: 'ready', uploadExpiresAt: null, updatedAt: now })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** The bytes arrived and are not what they should be. */
export async function failMedia(tx: Db, id: string, failure: string, now: Date): Promise<void> {
  await tx
    .updateTable('media')
    .set({ state: 'failed', failure, uploadExpiresAt: null, updatedAt: now })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

export async function setAltText(tx: Db, id: string, altText: string | null, now: Date): Promise<void> {
  await tx.updateTable('media').set({ altText, updatedAt: now }).where('id', '=', id).execute()
}

/** Takes a file out of the posts that may lose it and away. The caller has locked those posts. */
export async function deleteMediaRow(tx: Db, id: string, postIds: string[], now: Date): Promise<void> {
  await sql`delete from post_media where media_id = ${id} and post_id = any (${postIds}::uuid[])`.execute(tx)
  await sql`
    update deliveries set media_ids = array_remove(media_ids, ${id}::uuid), updated_at = ${now}
    where post_id = any (${postIds}::uuid[]) and media_ids @> array[${id}::uuid]`.execute(tx)
  await tx.deleteFrom('media').where('id', '=', id).execute()
}

/** Files that were begun before `before` and never became ready; oldest first. Index media_unfinished. */
export async function unfinishedMedia(tx: Db, before: Date, limit: number): Promise<Media[]> {
  return tx
    .selectFrom('media')
    .selectAll()
    .where('state', '!=', 'ready')
    .where('createdAt', '<', before)
    .orderBy('createdAt')
    .limit(limit)
    .execute()
}

/** Of these ids, those that have a row. */
export async function knownMedia(tx: Db, ids: string[]): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('media')
    .select('id')
    .where(sql<boolean>`id = any (${ids}::uuid[])`)
    .execute()
  return new Set(rows.map((row) => row.id))
}

/** Those of a workspace's files with these ids, in any order. By primary key. */
export async function mediaByIds(tx: Db, workspaceId: string, ids: string[]): Promise<Media[]> {
  if (ids.length === 0) return []
  return tx
    .selectFrom('media')
    .selectAll()
    .where('id', 'in', ids)
    .where('workspaceId', '=', workspaceId)
    .execute()
}

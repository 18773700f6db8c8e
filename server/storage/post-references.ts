import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** Things a person names in words rather than by id, for files of posts. Names are compared without regard to case. */

export interface Named {
  id: string
  name: string
}

/** The newest ready file of each name in a brand. Index media_brand. */
export async function mediaByFilename(tx: Db, brandId: string, filenames: string[]): Promise<Named[]> {
  if (filenames.length === 0) return []
  const { rows } = await sql<Named>`
    select distinct on (lower(filename)) id, filename as name from media
    where brand_id = ${brandId} and state = 'ready' and lower(filename) = any (${lowered(filenames)}::text[])
    order by lower(filename), id desc`.execute(tx)
  return rows
}

/** Index labels_name. */
export async function labelsByName(tx: Db, workspaceId: string, names: string[]): Promise<Named[]> {
  if (names.length === 0) return []
  return tx
    .selectFrom('labels')
    .select(['id', 'name'])
    .where('workspaceId', '=', workspaceId)
    .where(sql<SqlBool>`lower(name) = any (${lowered(names)}::text[])`)
    .execute()
}

/** Of each name the newest campaign that is not archived. Index campaigns_workspace. */
export async function campaignsByName(tx: Db, workspaceId: string, names: string[]): Promise<Named[]> {
  if (names.length === 0) return []
  const { rows } = await sql<Named>`
    select distinct on (lower(name)) id, name from campaigns
    where workspace_id = ${workspaceId} and status <> 'archived' and lower(name) = any (${lowered(names)}::text[])
    order by lower(name), id desc`.execute(tx)
  return rows
}

const lowered = (names: string[]) => names.map((name) => name.toLowerCase())

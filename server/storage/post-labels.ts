import { type SqlBool, sql } from 'kysely'
import type { Db } from './database.ts'

/** The post's labels instead of what it had. */
export async function setPostLabels(
  tx: Db,
  post: { id: string; workspaceId: string },
  labelIds: string[],
): Promise<void> {
  await tx.deleteFrom('postLabels').where('postId', '=', post.id).execute()
  if (labelIds.length === 0) return
  await tx
    .insertInto('postLabels')
    .values(labelIds.map((labelId) => ({ workspaceId: post.workspaceId, postId: post.id, labelId })))
    .execute()
}

/** Which of these labels the workspace has. */
export async function knownLabels(tx: Db, workspaceId: string, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('labels')
    .select('id')
    .where(sql<SqlBool>`id = any (${ids}::uuid[])`)
    .where('workspaceId', '=', workspaceId)
    .execute()
  return rows.map((row) => row.id)
}

/** Whether the workspace has this campaign, and it is not archived. */
export async function isOpenCampaign(tx: Db, workspaceId: string, campaignId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('campaigns')
    .select('id')
    .where('id', '=', campaignId)
    .where('workspaceId', '=', workspaceId)
    .where('status', '<>', 'archived')
    .executeTakeFirst()
  return row !== undefined
}

import type { Db } from './database.ts'
import { json } from './json.ts'

/** What people read about a post on its way: one line for each thing that was asked or tried. */
export interface LogEntry {
  id: string
  workspaceId: string
  postId: string
  /** Null where it is about the whole post. */
  deliveryId: string | null
  action: string
  message: string | null
  detail: Record<string, unknown>
  createdAt: Date
}

/** Adds lines in the transaction of the change they tell of. */
export async function appendLog(tx: Db, entries: LogEntry[]): Promise<void> {
  if (entries.length === 0) return
  await tx
    .insertInto('publishLog')
    .values(entries.map(({ detail, ...entry }) => ({ ...entry, detail: json(detail) })))
    .execute()
}

/** Oldest first. Uses publish_log_post. */
export async function logOfPost(
  tx: Db,
  postId: string,
  page: { limit: number; afterId: string | null },
): Promise<LogEntry[]> {
  let query = tx
    .selectFrom('publishLog')
    .select(['id', 'workspaceId', 'postId', 'deliveryId', 'action', 'message', 'detail', 'createdAt'])
    .where('postId', '=', postId)
  if (page.afterId) query = query.where('id', '>', page.afterId)
  const rows = await query.orderBy('id').limit(page.limit).execute()
  return rows.map((row) => ({ ...row, detail: row.detail as Record<string, unknown> }))
}

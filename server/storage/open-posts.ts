import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * How many posts of a workspace are not out yet: drafts, scheduled ones, and those on their way. Whoever asks so as to
 * add one keeps others from doing the same until their transaction ends. Index posts_workspace_status.
 */
export async function lockOpenPosts(tx: Db, workspaceId: string): Promise<number> {
  await sql`select id from workspaces where id = ${workspaceId} for no key update`.execute(tx)
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from posts
    where workspace_id = ${workspaceId} and status in ('draft', 'scheduled', 'publishing')`.execute(tx)
  return rows[0]?.count ?? 0
}

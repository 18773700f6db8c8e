import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'

/** How to get from the id in an address to its workspace; by primary key each. */
const lookups: Record<string, (id: string) => RawBuilder<{ workspaceId: string }>> = {
  workspaces: (id) => sql`select ${id}::uuid as workspace_id`,
  brands: (id) => sql`select workspace_id from brands where id = ${id}`,
  'social-accounts': (id) => sql`select workspace_id from accounts where id = ${id}`,
  accounts: (id) => sql`select workspace_id from accounts where id = ${id}`,
  posts: (id) => sql`select workspace_id from posts where id = ${id}`,
  deliveries: (id) => sql`select workspace_id from deliveries where id = ${id}`,
  media: (id) => sql`select workspace_id from media where id = ${id}`,
  approvals: (id) => sql`select workspace_id from approvals where id = ${id}`,
  webhooks: (id) => sql`select workspace_id from webhook_endpoints where id = ${id}`,
}

export const isLookedUp = (resource: string): boolean => Object.hasOwn(lookups, resource)

/**
 * The workspace a request of a member counts against; null for anybody else, so that strangers cannot use up a
 * workspace's allowance.
 */
export async function workspaceOfMember(
  tx: Db,
  resource: string,
  id: string,
  userId: string,
): Promise<string | null> {
  const lookup = lookups[resource]
  if (!lookup) return null
  const { rows } = await sql<{ workspaceId: string }>`
    select found.workspace_id from (${lookup(id)}) found
    join members on members.workspace_id = found.workspace_id and members.user_id = ${userId}`.execute(tx)
  return rows[0]?.workspaceId ?? null
}

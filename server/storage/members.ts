import type { Permission } from '../domain/permission.ts'
import type { Db } from './database.ts'

/** The permissions of a user's role in a workspace; null when the user is no active member. Uses the members primary key. */
export async function memberPermissions(
  tx: Db,
  workspaceId: string,
  userId: string,
): Promise<Permission[] | null> {
  const row = await tx
    .selectFrom('members')
    .innerJoin('roles', 'roles.id', 'members.roleId')
    .innerJoin('users', 'users.id', 'members.userId')
    .select('roles.permissions')
    .where('members.workspaceId', '=', workspaceId)
    .where('members.userId', '=', userId)
    .where('users.isActive', '=', true)
    .executeTakeFirst()
  return row ? (row.permissions as Permission[]) : null
}

export async function insertMember(
  tx: Db,
  member: { workspaceId: string; userId: string; roleId: string },
  now: Date,
): Promise<void> {
  await tx
    .insertInto('members')
    .values({ ...member, joinedAt: now })
    .execute()
}

/** The workspaces a user belongs to, earliest membership first. Index members_user. */
export async function workspaceIdsOfMember(tx: Db, userId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('members')
    .select('workspaceId')
    .where('userId', '=', userId)
    .orderBy('joinedAt')
    .orderBy('workspaceId')
    .execute()
  return rows.map((row) => row.workspaceId)
}

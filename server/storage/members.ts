import { sql } from 'kysely'
import type { Permission } from '../domain/permission.ts'
import type { Db } from './database.ts'
import type { InvitationMailState } from './invitations.ts'

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

export interface Membership {
  workspaceId: string
  workspaceName: string
  role: { id: string; name: string }
  permissions: Permission[]
}

/** More than anybody looks at; `GET /workspaces` pages through all of them. */
const membershipsMax = 200

/** The workspaces of a user, the earliest joined first. Uses members_user. */
export async function membershipsOf(tx: Db, userId: string): Promise<Membership[]> {
  const rows = await tx
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspaceId')
    .innerJoin('roles', 'roles.id', 'members.roleId')
    .select([
      'members.workspaceId',
      'workspaces.name as workspaceName',
      'roles.id as roleId',
      'roles.name as roleName',
      'roles.permissions',
    ])
    .where('members.userId', '=', userId)
    .orderBy('members.joinedAt')
    .orderBy('members.workspaceId')
    .limit(membershipsMax)
    .execute()
  return rows.map(({ workspaceId, workspaceName, roleId, roleName, permissions }) => ({
    workspaceId,
    workspaceName,
    role: { id: roleId, name: roleName },
    permissions: permissions as Permission[],
  }))
}

/** A member or an open invitation; the id is the user's or the invitation's. */
export interface TeamPerson {
  id: string
  status: 'active' | 'inactive' | 'invited'
  email: string
  /** Null while invited. */
  name: string | null
  role: { id: string; name: string }
  /** Null while invited. */
  joinedAt: Date | null
  /** Of an invitation. */
  expiresAt: Date | null
  /** Of an invitation that goes out by mail. */
  mail: InvitationMailState | null
}

/** Members first, then open invitations, each by id. Uses the members primary key and invitations_open. */
export async function listTeam(
  tx: Db,
  workspaceId: string,
  { after, limit, now, only }: { after: string[] | null; limit: number; now: Date; only?: string },
): Promise<TeamPerson[]> {
  const [isInvited = null, id = null] = after ?? []
  const { rows } = await sql<Omit<TeamPerson, 'role'> & { roleId: string; roleName: string }>`
    select people.id, status, email, people.name, joined_at, expires_at, mail, roles.id as role_id, roles.name as role_name
    from (
      select users.id, case when users.is_active then 'active' else 'inactive' end as status, false as invited,
             users.email, users.name, members.joined_at, null::timestamptz as expires_at, null as mail,
             members.role_id
      from members join users on users.id = members.user_id
      where members.workspace_id = ${workspaceId}
      union all
      select id, 'invited', true, email, null, null, expires_at, mail_state, role_id
      from invitations
      where workspace_id = ${workspaceId} and accepted_at is null and revoked_at is null and expires_at > ${now}
    ) people join roles on roles.id = people.role_id
    where (${isInvited}::boolean is null or (invited, people.id) > (${isInvited}::boolean, ${id}::uuid))
      and (${only ?? null}::uuid is null or people.id = ${only ?? null}::uuid)
    order by invited, people.id
    limit ${limit}`.execute(tx)
  return rows.map(({ roleId, roleName, ...person }) => ({ ...person, role: { id: roleId, name: roleName } }))
}

/** The keys `listTeam` goes on after. */
export const teamKeysOf = (person: TeamPerson): string[] => [String(person.status === 'invited'), person.id]

export async function changeMemberRole(
  tx: Db,
  workspaceId: string,
  userId: string,
  roleId: string,
): Promise<void> {
  await tx
    .updateTable('members')
    .set({ roleId })
    .where('workspaceId', '=', workspaceId)
    .where('userId', '=', userId)
    .execute()
}

export async function deleteMember(tx: Db, workspaceId: string, userId: string): Promise<void> {
  await tx.deleteFrom('members').where('workspaceId', '=', workspaceId).where('userId', '=', userId).execute()
}

/** Active members with the Owner role. */
export async function countOwners(tx: Db, workspaceId: string): Promise<number> {
  const row = await tx
    .selectFrom('members')
    .innerJoin('roles', 'roles.id', 'members.roleId')
    .innerJoin('users', 'users.id', 'members.userId')
    .select((eb) => eb.fn.countAll<number>().as('owners'))
    .where('members.workspaceId', '=', workspaceId)
    .where('roles.isSystem', '=', true)
    .where('roles.name', '=', 'Owner')
    .where('users.isActive', '=', true)
    .executeTakeFirstOrThrow()
  return row.owners
}

export async function isMemberEmail(tx: Db, workspaceId: string, email: string): Promise<boolean> {
  const row = await tx
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.userId')
    .select('users.id')
    .where('members.workspaceId', '=', workspaceId)
    .where((eb) => eb(eb.fn('lower', ['users.email']), '=', email.toLowerCase()))
    .executeTakeFirst()
  return row !== undefined
}

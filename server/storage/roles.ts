import type { Permission } from '../domain/permission.ts'
import type { Db } from './database.ts'

export interface Role {
  id: string
  name: string
  permissions: Permission[]
  /** Made with the workspace; cannot be changed or deleted. */
  isSystem: boolean
}

const columns = ['id', 'name', 'permissions', 'isSystem'] as const

export async function insertRole(tx: Db, workspaceId: string, role: Role, now: Date): Promise<void> {
  await tx
    .insertInto('roles')
    .values({ ...role, workspaceId, createdAt: now, updatedAt: now })
    .execute()
}

export async function findRole(tx: Db, workspaceId: string, roleId: string): Promise<Role | null> {
  const row = await tx
    .selectFrom('roles')
    .select(columns)
    .where('id', '=', roleId)
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  return row ? (row as Role) : null
}

/** Names are compared without regard to case. Uses roles_name. */
export async function findRoleByName(tx: Db, workspaceId: string, name: string): Promise<Role | null> {
  const row = await tx
    .selectFrom('roles')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where((eb) => eb(eb.fn('lower', ['name']), '=', name.toLowerCase()))
    .executeTakeFirst()
  return row ? (row as Role) : null
}

/** The oldest first, so the system roles lead. */
export async function listRoles(
  tx: Db,
  workspaceId: string,
  { after, limit }: { after: string[] | null; limit: number },
): Promise<Role[]> {
  const rows = await tx
    .selectFrom('roles')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .$if(after !== null, (query) => query.where('id', '>', after?.[0] ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows as Role[]
}

export async function updateRole(
  tx: Db,
  roleId: string,
  change: { name?: string; permissions?: Permission[] },
  now: Date,
): Promise<Role> {
  const row = await tx
    .updateTable('roles')
    .set({ ...change, updatedAt: now })
    .where('id', '=', roleId)
    .returning(columns)
    .executeTakeFirstOrThrow()
  return row as Role
}

/** How many members and open invitations have the role. Uses members_role. */
export async function countRoleHolders(tx: Db, roleId: string): Promise<number> {
  const members = await tx
    .selectFrom('members')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('roleId', '=', roleId)
    .executeTakeFirstOrThrow()
  const invitations = await tx
    .selectFrom('invitations')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('roleId', '=', roleId)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .executeTakeFirstOrThrow()
  return members.count + invitations.count
}

export async function countRoles(tx: Db, workspaceId: string): Promise<number> {
  const row = await tx
    .selectFrom('roles')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return row.count
}

export async function deleteRole(tx: Db, roleId: string): Promise<void> {
  await tx.deleteFrom('roles').where('id', '=', roleId).execute()
}

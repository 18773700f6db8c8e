import type { Actor } from '../domain/actor.ts'
import { invalidAt, notFound } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { findRole, findRoleByName, type Role } from '../storage/roles.ts'
import { requireAccess, requireHeld } from './access.ts'

export async function requireFreeRoleName(
  tx: Db,
  workspaceId: string,
  name: string,
  except?: string,
): Promise<void> {
  const other = await findRoleByName(tx, workspaceId, name)
  if (other && other.id !== except)
    throw invalidAt('name', `There is a role named ${other.name} already`, 'duplicate_name')
}

/** The role, for an actor who may change it: not one of the system's, and none that can do more than the actor. */
export async function requireChangeableRole(
  tx: Db,
  actor: Actor,
  workspaceId: string,
  roleId: string,
): Promise<Role> {
  await requireAccess(tx, actor, workspaceId, 'roles.manage')
  const role = await findRole(tx, workspaceId, roleId)
  if (!role) throw notFound('Role', roleId)
  if (role.isSystem)
    throw invalidAt(
      'roleId',
      `${role.name} comes with every workspace and cannot be changed. Make a role of your own.`,
      'system_role',
    )
  await requireHeld(tx, actor, workspaceId, role.permissions, `${role.name} can do more than you`)
  return role
}

import type { Actor, UserActor } from '../domain/actor.ts'
import { forbidden } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { instancePermissionsOf } from '../storage/users.ts'

/** What a user may do to the whole instance (dialect C's words). An instance administrator may do everything. */
export const instancePermissions = [
  'users.manage',
  'api_keys.manage',
  'workspaces.manage',
  'posts.manage',
  'analytics.view',
] as const
export type InstancePermission = (typeof instancePermissions)[number]

export const isInstancePermission = (name: string): name is InstancePermission =>
  (instancePermissions as readonly string[]).includes(name)

/**
 * Lets an instance administrator through, and a user who was given the permission.
 * @param permission null: administrators only.
 */
export async function requireInstance(
  tx: Db,
  actor: Actor,
  permission: InstancePermission | null,
): Promise<UserActor> {
  if (actor.kind !== 'user') throw forbidden('This is for people who administer the instance')
  if (actor.isInstanceAdmin) return actor
  const held = permission ? await instancePermissionsOf(tx, actor.userId) : []
  if (permission && held.includes(permission)) return actor
  throw forbidden(
    permission
      ? `This needs the role admin or the permission ${permission}`
      : 'This needs the role admin of the instance',
  )
}

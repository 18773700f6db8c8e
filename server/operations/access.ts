import type { Actor } from '../domain/actor.ts'
import { holds, type Permission } from '../domain/permission.ts'
import { forbidden, notFound } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { memberPermissions } from '../storage/members.ts'

/**
 * Lets the actor through, or refuses: a workspace the actor is no member of does not exist for it (`not_found`),
 * a missing permission is `forbidden`. Called first in every operation, inside its transaction.
 * @param permission null where membership is enough (reading).
 */
export async function requireAccess(
  tx: Db,
  actor: Actor,
  workspaceId: string,
  permission: Permission | null,
): Promise<void> {
  const held = await permissionsIn(tx, actor, workspaceId)
  if (!held) throw notFound('Workspace', workspaceId)
  if (permission && !holds(held, permission))
    throw forbidden(
      `This needs the permission ${permission}, which your role in this workspace does not have`,
    )
}

/** The actor's permissions in a workspace, or null when it is none of the actor's. */
export async function permissionsIn(tx: Db, actor: Actor, workspaceId: string): Promise<Permission[] | null> {
  switch (actor.kind) {
    case 'user':
      return memberPermissions(tx, workspaceId, actor.userId)
    case 'api_key':
      return actor.workspaceIds === null || actor.workspaceIds.includes(workspaceId)
        ? actor.permissions
        : null
    case 'gateway':
      return actor.workspaceId === workspaceId ? actor.permissions : null
    case 'engine':
      throw new Error('The engine does not ask for permission')
  }
}

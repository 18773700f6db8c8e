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

/**
 * The row that was looked up by its own id, for an actor who may reach it: an absent one and another tenant's are told
 * in the same words, so that nobody learns what exists elsewhere.
 */
export async function requireFound<Row extends { workspaceId: string }>(
  tx: Db,
  actor: Actor,
  found: Row | null,
  [thing, id]: [thing: string, id: string],
  permission: Permission | null,
): Promise<Row> {
  if (!found || !(await permissionsIn(tx, actor, found.workspaceId))) throw notFound(thing, id)
  await requireAccess(tx, actor, found.workspaceId, permission)
  return found
}

/** Nobody hands out what they lack: refuses when `wanted` holds a permission the actor does not have here. */
export async function requireHeld(
  tx: Db,
  actor: Actor,
  workspaceId: string,
  wanted: readonly Permission[],
  why: string,
): Promise<void> {
  const held = (await permissionsIn(tx, actor, workspaceId)) ?? []
  const lacking = wanted.filter((permission) => !holds(held, permission))
  if (lacking.length > 0)
    throw forbidden(`${why}, and you do not have: ${lacking.join(', ')}`, 'more_than_held')
}

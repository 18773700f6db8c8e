import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { invalidAt } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { countRoles, insertRole, type Role } from '../storage/roles.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireAccess, requireHeld } from './access.ts'
import type { Context } from './context.ts'
import { requireFreeRoleName } from './role-rules.ts'

/** A named list of permissions is easily read; a hundred of them is a mistake, usually a script's. */
const rolesMax = 100

export async function createRole(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; name: string; permissions: Permission[] },
): Promise<Role> {
  const { workspaceId, name } = input
  const permissions = [...new Set(input.permissions)]
  return await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'roles.manage')
    await requireHeld(tx, actor, workspaceId, permissions, 'A role can hold only what its maker may do')
    await lockWorkspace(tx, workspaceId)
    await requireFreeRoleName(tx, workspaceId, name)
    if ((await countRoles(tx, workspaceId)) >= rolesMax)
      throw invalidAt('name', `A workspace can have ${rolesMax} roles`, 'roles_max')
    const now = ctx.clock.now()
    const role = { id: ctx.newId(), name, permissions, isSystem: false }
    await insertRole(tx, workspaceId, role, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'role.created',
        resourceType: 'role',
        resourceId: role.id,
        data: { name, permissions },
      },
    ])
    return role
  })
}

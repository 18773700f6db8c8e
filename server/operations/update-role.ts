import type { Actor } from '../domain/actor.ts'
import type { Permission } from '../domain/permission.ts'
import { recordEvents } from '../storage/events.ts'
import { type Role, updateRole as storeChange } from '../storage/roles.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireHeld } from './access.ts'
import { changesOf } from './changes.ts'
import type { Context } from './context.ts'
import { requireChangeableRole, requireFreeRoleName } from './role-rules.ts'

/** Whoever has the role can do more or less from the next request on. */
export async function updateRole(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; roleId: string; name?: string; permissions?: Permission[] },
): Promise<Role> {
  const { workspaceId, roleId, name } = input
  const permissions = input.permissions && [...new Set(input.permissions)]
  return await transaction(ctx.db, async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const before = await requireChangeableRole(tx, actor, workspaceId, roleId)
    await requireHeld(tx, actor, workspaceId, permissions ?? [], 'A role can hold only what its maker may do')
    if (name !== undefined) await requireFreeRoleName(tx, workspaceId, name, roleId)
    const changes = changesOf(before, { name, permissions })
    if (!changes) return before
    const now = ctx.clock.now()
    const after = await storeChange(tx, roleId, { name, permissions }, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'role.updated',
        resourceType: 'role',
        resourceId: roleId,
        data: { changes },
      },
    ])
    return after
  })
}

import type { Actor } from '../domain/actor.ts'
import { invalidAt } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { countRoleHolders, deleteRole as remove } from '../storage/roles.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { requireChangeableRole } from './role-rules.ts'

/** Only a role that nobody has: taking people's permissions away is a decision about each of them. */
export async function deleteRole(
  ctx: Context,
  actor: Actor,
  { workspaceId, roleId }: { workspaceId: string; roleId: string },
): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    await lockWorkspace(tx, workspaceId)
    const role = await requireChangeableRole(tx, actor, workspaceId, roleId)
    const holders = await countRoleHolders(tx, roleId)
    if (holders > 0)
      throw invalidAt(
        'roleId',
        `${holders} ${holders === 1 ? 'person has' : 'people have'} the role ${role.name}. Give them another one first.`,
        'role_in_use',
      )
    await remove(tx, roleId)
    await recordEvents(tx, actor, ctx.clock.now(), [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'role.deleted',
        resourceType: 'role',
        resourceId: roleId,
        data: { name: role.name },
      },
    ])
  })
}

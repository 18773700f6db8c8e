import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { endSessionsOfUser } from '../storage/sessions.ts'
import { type InstanceUser, updateUser as update } from '../storage/users.ts'
import { requireAnAdmin, requireChangeable } from './administered-user.ts'
import type { Context } from './context.ts'
import type { InstanceRole } from './create-user.ts'

/** Changes name, role or whether the user may log in (C33). Switching off ends every session at once. */
export async function updateUser(
  ctx: Context,
  actor: Actor,
  input: { id: string; name?: string; role?: InstanceRole; isActive?: boolean },
): Promise<InstanceUser> {
  const now = ctx.clock.now()
  return ctx.db.transaction().execute(async (tx) => {
    const before = await requireChangeable(tx, actor, input.id)
    const after = await update(
      tx,
      input.id,
      {
        ...(input.name !== undefined && { name: input.name }),
        ...(input.role !== undefined && { isInstanceAdmin: input.role === 'admin' }),
        ...(input.isActive !== undefined && { isActive: input.isActive }),
      },
      now,
    )
    await requireAnAdmin(tx)
    if (!after.isActive) await endSessionsOfUser(tx, input.id, now)
    const shown = ({ name, isInstanceAdmin, isActive }: InstanceUser) => ({ name, isInstanceAdmin, isActive })
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'user.updated',
        resourceType: 'user',
        resourceId: input.id,
        data: { before: shown(before), after: shown(after) },
      },
    ])
    return after
  })
}

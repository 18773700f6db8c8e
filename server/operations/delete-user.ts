import type { Actor } from '../domain/actor.ts'
import { Refusal } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { deleteUserRow } from '../storage/users.ts'
import { requireAnAdmin, requireChangeable } from './administered-user.ts'
import type { Context } from './context.ts'

/** Deletes a login (C34). What the user wrote stays. Nobody deletes themselves, nor the last administrator. */
export async function deleteUser(ctx: Context, actor: Actor, { id }: { id: string }): Promise<void> {
  const now = ctx.clock.now()
  await ctx.db.transaction().execute(async (tx) => {
    const user = await requireChangeable(tx, actor, id)
    if (actor.kind === 'user' && actor.userId === id)
      throw new Refusal('conflict', 'You cannot delete yourself. Ask another administrator.', {
        rule: 'self',
      })
    await deleteUserRow(tx, id)
    await requireAnAdmin(tx)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'user.deleted',
        resourceType: 'user',
        resourceId: id,
        data: { email: user.email },
      },
    ])
  })
}

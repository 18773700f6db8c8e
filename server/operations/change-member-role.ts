import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { changeInvitationRole } from '../storage/invitations.ts'
import { changeMemberRole as storeRole, type TeamPerson } from '../storage/members.ts'
import { findRole } from '../storage/roles.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireAccess, requireHeld } from './access.ts'
import type { Context } from './context.ts'
import { requireLesserPerson, requireOwnerLeft } from './member-rules.ts'

/** Gives a member, or a person who is still invited, another role. The workspace keeps an owner. */
export async function changeMemberRole(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; userId: string; roleId: string },
): Promise<TeamPerson> {
  const { workspaceId, userId, roleId } = input
  return await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'users.manage')
    await lockWorkspace(tx, workspaceId)
    const now = ctx.clock.now()
    const person = await requireLesserPerson(tx, actor, workspaceId, userId, now)
    const role = await findRole(tx, workspaceId, roleId)
    if (!role) throw notFound('Role', roleId)
    await requireHeld(tx, actor, workspaceId, role.permissions, `${role.name} can do more than you`)
    if (person.role.id === roleId) return person
    if (person.status === 'invited') await changeInvitationRole(tx, userId, roleId)
    else {
      await storeRole(tx, workspaceId, userId, roleId)
      await requireOwnerLeft(tx, workspaceId, 'roleId')
    }
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'member.updated',
        resourceType: person.status === 'invited' ? 'invitation' : 'user',
        resourceId: userId,
        data: { changes: { role: { from: person.role.name, to: role.name } } },
      },
    ])
    return { ...person, role: { id: role.id, name: role.name } }
  })
}

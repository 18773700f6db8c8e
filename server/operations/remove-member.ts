import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { revokeInvitation } from '../storage/invitations.ts'
import { deleteMember } from '../storage/members.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { requireLesserPerson, requireOwnerLeft, requirePerson } from './member-rules.ts'

/**
 * Takes a member out of the workspace, or withdraws an invitation. Everybody may leave by themselves. What they made
 * stays; their next request here finds no workspace, and a session they have may go on in their other workspaces.
 */
export async function removeMember(
  ctx: Context,
  actor: Actor,
  { workspaceId, userId }: { workspaceId: string; userId: string },
): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    const isSelf = actor.kind === 'user' && actor.userId === userId
    await requireAccess(tx, actor, workspaceId, isSelf ? null : 'users.manage')
    await lockWorkspace(tx, workspaceId)
    const now = ctx.clock.now()
    const person = isSelf
      ? await requirePerson(tx, workspaceId, userId, now)
      : await requireLesserPerson(tx, actor, workspaceId, userId, now)
    const isInvited = person.status === 'invited'
    if (isInvited) await revokeInvitation(tx, userId, now)
    else {
      await deleteMember(tx, workspaceId, userId)
      await requireOwnerLeft(tx, workspaceId, 'userId')
    }
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: isInvited ? 'invitation.withdrawn' : 'member.removed',
        resourceType: isInvited ? 'invitation' : 'user',
        resourceId: userId,
        data: { email: person.email, role: person.role.name },
      },
    ])
  })
}

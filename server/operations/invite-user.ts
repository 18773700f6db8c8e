import type { Actor } from '../domain/actor.ts'
import { invalidAt, notFound } from '../domain/refusal.ts'
import { hashToken } from '../net/token.ts'
import { addChores } from '../storage/chores.ts'
import { recordEvents } from '../storage/events.ts'
import { type Invitation, insertInvitation, revokeInvitationsOf } from '../storage/invitations.ts'
import { isMemberEmail } from '../storage/members.ts'
import { findRole } from '../storage/roles.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireAccess, requireHeld } from './access.ts'
import type { Context } from './context.ts'
import { acceptUrl, invitationSecret, mailInvitationChore } from './invitation-link.ts'

/** Long enough for a holiday. */
const invitationMs = 14 * 86_400_000

export interface SentInvitation extends Invitation {
  /**
   * Where the invited person sets name and password. Whoever has the link can accept, so it goes to them alone: null
   * when the server mails it.
   */
  acceptUrl: string | null
}

/**
 * Invites an e-mail address, replacing an invitation that is still open. Nobody invites into more than they may do.
 * The server mails the link when it can (SMTP_URL); else the inviter is given it.
 */
export async function inviteUser(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; email: string; roleId: string },
): Promise<SentInvitation> {
  const { workspaceId, email, roleId } = input
  return await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'users.invite')
    await lockWorkspace(tx, workspaceId)
    const role = await findRole(tx, workspaceId, roleId)
    if (!role) throw notFound('Role', roleId)
    await requireHeld(tx, actor, workspaceId, role.permissions, `${role.name} can do more than you`)
    if (await isMemberEmail(tx, workspaceId, email))
      throw invalidAt('email', `${email} is a member of this workspace already`, 'already_member')

    const now = ctx.clock.now()
    await revokeInvitationsOf(tx, workspaceId, email, now)
    const token = ctx.randomBytes(32).toString('base64url')
    const expiresAt = new Date(now.getTime() + invitationMs)
    const invitation = { id: ctx.newId(), workspaceId, email, roleId, expiresAt }
    await insertInvitation(
      tx,
      {
        ...invitation,
        tokenHash: hashToken(token),
        invitedBy: actor.kind === 'user' ? actor.userId : null,
        sealedToken: ctx.mailer ? ctx.vault.seal(token, invitationSecret(invitation.id)) : null,
        mailState: ctx.mailer ? 'queued' : null,
      },
      now,
    )
    if (ctx.mailer) await addChores(tx, [mailInvitationChore(invitation.id)])
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'user.invited',
        resourceType: 'invitation',
        resourceId: invitation.id,
        data: { email, role: role.name },
      },
    ])
    return {
      ...invitation,
      acceptUrl: ctx.mailer ? null : acceptUrl(ctx.settings.publicUrl, workspaceId, token),
    }
  })
}

import { theEngine } from '../domain/actor.ts'
import { writeInvitationMail } from '../domain/invitation-mail.ts'
import type { MailResult } from '../net/mail.ts'
import { addChores } from '../storage/chores.ts'
import { recordEvents } from '../storage/events.ts'
import { findInvitationToMail, type InvitationToMail, recordInvitationMail } from '../storage/invitations.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { acceptUrl, invitationSecret, mailInvitationChore } from './invitation-link.ts'

const minuteMs = 60_000
/** After each failed try, the wait before the next; together a day and a half. */
const waitsMs = [0.5, 2, 10, 60, 240, 720, 1_200].map((minutes) => minutes * minuteMs)

/**
 * The chore of one invitation: sends its mail once and plans what follows. Whoever is killed between the sending and
 * the record of it leaves it to be sent again, with the same link and message id.
 */
export async function sendInvitation(ctx: Context, invitationId: string): Promise<void> {
  const invitation = await findInvitationToMail(ctx.db, invitationId, ctx.clock.now())
  if (!invitation) return
  if (!ctx.mailer)
    throw new Error('An invitation waits to be mailed, but SMTP_URL is not set for this process')
  const { id, workspaceId, email, workspace, role, inviter, expiresAt, sealedToken } = invitation
  const token = String(ctx.vault.open(sealedToken, invitationSecret(id)))
  const mail = writeInvitationMail({
    workspace,
    role,
    inviter,
    expiresAt,
    acceptUrl: acceptUrl(ctx.settings.publicUrl, workspaceId, token),
  })
  await settle(ctx, invitation, await ctx.mailer.send({ ...mail, id: `invitation.${id}`, to: email }))
}

async function settle(ctx: Context, invitation: InvitationToMail, result: MailResult): Promise<void> {
  const now = ctx.clock.now()
  const { id, workspaceId, email, mailTries } = invitation
  const waitMs = result.outcome === 'failed' ? waitsMs[mailTries] : undefined
  await transaction(ctx.db, async (tx) => {
    if (result.outcome === 'accepted') return recordInvitationMail(tx, id, 'sent')
    if (waitMs !== undefined) {
      await recordInvitationMail(tx, id, 'queued')
      return addChores(tx, [mailInvitationChore(id, new Date(now.getTime() + waitMs))])
    }
    await recordInvitationMail(tx, id, 'failed')
    await recordEvents(tx, theEngine, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'user.invitation_not_mailed',
        resourceType: 'invitation',
        resourceId: id,
        data: { email, reason: result.why },
      },
    ])
  })
}

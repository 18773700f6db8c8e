import type { Chore } from '../storage/chores.ts'

/** Where the invited person sets name and password. */
export const acceptUrl = (publicUrl: string, workspaceId: string, token: string) =>
  `${publicUrl}/invitations/${workspaceId}?token=${token}`

/** What a sealed token is bound to: it opens in its own row alone. */
export const invitationSecret = (id: string) => `invitation:${id}`

export const mailInvitationTask = 'mail_invitation'

export const mailInvitationChore = (invitationId: string, runAt?: Date): Chore => ({
  task: mailInvitationTask,
  payload: { invitationId },
  key: `invitation:${invitationId}`,
  runAt,
})

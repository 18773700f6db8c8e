import type { Db } from './database.ts'

export interface Invitation {
  id: string
  workspaceId: string
  email: string
  roleId: string
  expiresAt: Date
}

const columns = ['id', 'workspaceId', 'email', 'roleId', 'expiresAt'] as const

export async function insertInvitation(
  tx: Db,
  invitation: Invitation & { tokenHash: Buffer; invitedBy: string | null },
  now: Date,
): Promise<void> {
  await tx
    .insertInto('invitations')
    .values({ ...invitation, createdAt: now })
    .execute()
}

/** Whatever was still open for this address is closed: a new invitation replaces it. Uses invitations_open. */
export async function revokeInvitationsOf(
  tx: Db,
  workspaceId: string,
  email: string,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('invitations')
    .set({ revokedAt: now })
    .where('workspaceId', '=', workspaceId)
    .where((eb) => eb(eb.fn('lower', ['email']), '=', email.toLowerCase()))
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .execute()
}

export async function revokeInvitation(tx: Db, id: string, now: Date): Promise<void> {
  await tx.updateTable('invitations').set({ revokedAt: now }).where('id', '=', id).execute()
}

export async function changeInvitationRole(tx: Db, id: string, roleId: string): Promise<void> {
  await tx.updateTable('invitations').set({ roleId }).where('id', '=', id).execute()
}

/** The open, unexpired invitation with this token, locked: of two that accept it at once, one finds it gone. */
export async function lockInvitation(
  tx: Db,
  workspaceId: string,
  tokenHash: Buffer,
  now: Date,
): Promise<Invitation | null> {
  const row = await tx
    .selectFrom('invitations')
    .select(columns)
    .where('tokenHash', '=', tokenHash)
    .where('workspaceId', '=', workspaceId)
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', now)
    .forUpdate()
    .executeTakeFirst()
  return row ?? null
}

export async function markInvitationAccepted(tx: Db, id: string, now: Date): Promise<void> {
  await tx.updateTable('invitations').set({ acceptedAt: now }).where('id', '=', id).execute()
}

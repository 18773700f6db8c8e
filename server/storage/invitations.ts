import type { Db } from './database.ts'

export interface Invitation {
  id: string
  workspaceId: string
  email: string
  roleId: string
  expiresAt: Date
}

export type InvitationMailState = 'queued' | 'sent' | 'failed'

const columns = ['id', 'workspaceId', 'email', 'roleId', 'expiresAt'] as const

export async function insertInvitation(
  tx: Db,
  invitation: Invitation & {
    tokenHash: Buffer
    invitedBy: string | null
    /** With `mailState` queued: the sealed token, until the mail is on its way. */
    sealedToken: Buffer | null
    mailState: InvitationMailState | null
  },
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
    .set({ revokedAt: now, sealedToken: null })
    .where('workspaceId', '=', workspaceId)
    .where((eb) => eb(eb.fn('lower', ['email']), '=', email.toLowerCase()))
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .execute()
}

export async function revokeInvitation(tx: Db, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('invitations')
    .set({ revokedAt: now, sealedToken: null })
    .where('id', '=', id)
    .execute()
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
  await tx
    .updateTable('invitations')
    .set({ acceptedAt: now, sealedToken: null })
    .where('id', '=', id)
    .execute()
}

export interface InvitationToMail extends Invitation {
  workspace: string
  role: string
  /** The name of who invited; null when that was no person. */
  inviter: string | null
  sealedToken: Buffer
  /** Tries that failed so far. */
  mailTries: number
}

/** An invitation that is open and whose mail is queued. */
export async function findInvitationToMail(tx: Db, id: string, now: Date): Promise<InvitationToMail | null> {
  const row = await tx
    .selectFrom('invitations')
    .innerJoin('workspaces', 'workspaces.id', 'invitations.workspaceId')
    .innerJoin('roles', 'roles.id', 'invitations.roleId')
    .leftJoin('users', 'users.id', 'invitations.invitedBy')
    .select([
      'invitations.id',
      'invitations.workspaceId',
      'invitations.email',
      'invitations.roleId',
      'invitations.expiresAt',
      'invitations.sealedToken',
      'invitations.mailTries',
      'workspaces.name as workspace',
      'roles.name as role',
      'users.name as inviter',
    ])
    .where('invitations.id', '=', id)
    .where('mailState', '=', 'queued')
    .where('acceptedAt', 'is', null)
    .where('revokedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return row?.sealedToken ? { ...row, sealedToken: row.sealedToken } : null
}

/** Records one try. The token is forgotten with the last one. */
export async function recordInvitationMail(tx: Db, id: string, state: InvitationMailState): Promise<void> {
  await tx
    .updateTable('invitations')
    .set((eb) => ({
      mailState: state,
      mailTries: eb('mailTries', '+', 1),
      ...(state !== 'queued' && { sealedToken: null }),
    }))
    .where('id', '=', id)
    .execute()
}

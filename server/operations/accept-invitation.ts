import type { Origin, UserActor } from '../domain/actor.ts'
import { type Issue, invalid, invalidAt, Refusal } from '../domain/refusal.ts'
import { hashPassword } from '../net/password.ts'
import { hashToken } from '../net/token.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { type Invitation, lockInvitation, markInvitationAccepted } from '../storage/invitations.ts'
import { insertMember, isMemberEmail } from '../storage/members.ts'
import { transaction } from '../storage/transaction.ts'
import { findUserByEmail, insertUser, type User } from '../storage/users.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { requireGoodPassword } from './password-rules.ts'

export interface Accepted {
  user: User
  workspaceId: string
  roleId: string
}

/**
 * Answers an invitation link. Somebody new gives a name and a password and becomes a user; somebody who has a login
 * here already needs only the link. It does not log anybody in.
 */
export async function acceptInvitation(
  ctx: Context,
  origin: Origin,
  input: { workspaceId: string; token: string; name?: string; password?: string },
): Promise<Accepted> {
  const { workspaceId, name, password } = input
  if (password !== undefined) requireGoodPassword(password)
  const passwordHash = password === undefined ? null : await hashPassword(password)
  return await transaction(ctx.db, async (tx) => {
    const now = ctx.clock.now()
    await lockWorkspace(tx, workspaceId)
    const invitation = await lockInvitation(tx, workspaceId, hashToken(input.token), now)
    if (!invitation)
      throw invalidAt(
        'token',
        'This invitation is unknown, was used, withdrawn, or has expired. Ask for a new one.',
        'invitation_token',
      )
    const user = await userFor(ctx, tx, invitation, name, passwordHash)
    await markInvitationAccepted(tx, invitation.id, now)
    const { roleId, email } = invitation
    if (!(await isMemberEmail(tx, workspaceId, email)))
      await insertMember(tx, { workspaceId, userId: user.id, roleId }, now)
    const actor: UserActor = {
      ...origin,
      kind: 'user',
      userId: user.id,
      sessionId: '',
      isInstanceAdmin: user.isInstanceAdmin,
    }
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'member.joined',
        resourceType: 'user',
        resourceId: user.id,
        data: { email, roleId },
      },
    ])
    return { user, workspaceId, roleId }
  })
}

async function userFor(
  ctx: Context,
  tx: Db,
  { email }: Invitation,
  name: string | undefined,
  passwordHash: string | null,
): Promise<User> {
  const known = await findUserByEmail(tx, email)
  if (known && !known.isActive)
    throw new Refusal('forbidden', 'This user was switched off. Ask the administrator of this server.', {
      rule: 'user_inactive',
    })
  if (known) return known
  const missing: Issue[] = []
  if (!name) missing.push({ path: 'name', rule: 'required', message: 'is required for a new user' })
  if (!passwordHash)
    missing.push({ path: 'password', rule: 'required', message: 'is required for a new user' })
  if (!name || !passwordHash) throw invalid(missing, 'Choose a name and a password')
  return await insertUser(
    tx,
    { id: ctx.newId(), email, name, passwordHash, isInstanceAdmin: false },
    ctx.clock.now(),
  )
}

import type { Origin, UserActor } from '../domain/actor.ts'
import { Refusal } from '../domain/refusal.ts'
import { isPassword } from '../net/password.ts'
import { hashToken } from '../net/token.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { insertRefreshToken, insertSession } from '../storage/sessions.ts'
import { findUserByEmail, noteLogin, type User } from '../storage/users.ts'
import { type AccessToken, issueAccessToken } from './access-token.ts'
import type { Context } from './context.ts'

/** However often it is refreshed, a login ends after this; then the password is asked for again. */
export const sessionMs = 90 * 86_400_000

/** Unused for this long, a login ends. */
export const refreshTokenMs = 30 * 86_400_000

export interface LoggedIn extends AccessToken {
  user: User
  refreshToken: RefreshToken
}

export interface RefreshToken {
  token: string
  expiresAt: Date
}

/**
 * Checks e-mail and password and opens a session. One answer for an unknown address, a wrong password and a user who
 * was switched off, in about the same time, so that nobody learns which addresses exist here.
 * @param accessTokenSeconds 900 unless a dialect documents another life (C: 24 hours).
 */
export async function logIn(
  ctx: Context,
  origin: Origin,
  input: { email: string; password: string },
  accessTokenSeconds?: number,
): Promise<LoggedIn> {
  const user = await findUserByEmail(ctx.db, input.email)
  const matches = await isPassword(input.password, user?.passwordHash ?? null)
  if (!user || !matches || !user.isActive)
    throw new Refusal('unauthenticated', 'The e-mail address or the password is wrong', {
      rule: user && matches ? 'user_inactive' : 'wrong_credentials',
    })
  return await openSession(ctx, origin, user, accessTokenSeconds)
}

/** A session for a user whose identity is proven already. */
export async function openSession(
  ctx: Context,
  origin: Origin,
  user: User,
  accessTokenSeconds?: number,
): Promise<LoggedIn> {
  const now = ctx.clock.now()
  const sessionId = ctx.newId()
  const refreshToken = await ctx.db.transaction().execute(async (tx) => {
    const actor: UserActor = {
      ...origin,
      kind: 'user',
      userId: user.id,
      sessionId,
      isInstanceAdmin: user.isInstanceAdmin,
    }
    await insertSession(
      tx,
      {
        id: sessionId,
        userId: user.id,
        ip: origin.ip ?? null,
        userAgent: origin.userAgent ?? null,
        expiresAt: new Date(now.getTime() + sessionMs),
      },
      now,
    )
    await noteLogin(tx, user.id, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'session.started',
        resourceType: 'session',
        resourceId: sessionId,
        data: { userId: user.id },
      },
    ])
    return await addRefreshToken(ctx, tx, sessionId)
  })
  return { ...(await issueAccessToken(ctx, user, sessionId, accessTokenSeconds)), user, refreshToken }
}

/** A new refresh token of a session; only its hash is kept. */
export async function addRefreshToken(ctx: Context, tx: Db, sessionId: string): Promise<RefreshToken> {
  const token = ctx.randomBytes(32).toString('base64url')
  const now = ctx.clock.now()
  const expiresAt = new Date(now.getTime() + refreshTokenMs)
  await insertRefreshToken(tx, { tokenHash: hashToken(token), sessionId, expiresAt }, now)
  return { token, expiresAt }
}

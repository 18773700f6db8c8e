import type { Origin } from '../domain/actor.ts'
import { Refusal } from '../domain/refusal.ts'
import { hashToken } from '../net/token.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import {
  endSession,
  lockRefreshToken,
  type RefreshTokenState,
  spendRefreshToken,
} from '../storage/sessions.ts'
import { transaction } from '../storage/transaction.ts'
import type { User } from '../storage/users.ts'
import { type AccessToken, issueAccessToken } from './access-token.ts'
import type { Context } from './context.ts'
import { addRefreshToken, type RefreshToken } from './log-in.ts'

/**
 * Two tabs of one browser share the cookie and may both present it before either answer arrives. Within this time the
 * second one gets an access token too, but no refresh token: the browser already has the first one's. So a token that
 * was stolen and is replayed in these seconds yields at most one access token of 15 minutes, which dies with the
 * session, and never a chain of its own; replayed later, it ends the session.
 */
const graceMs = 10_000

export interface Refreshed extends AccessToken {
  user: User
  /** Null within the grace: the cookie the browser holds by now is the good one. */
  refreshToken: RefreshToken | null
}

type Presented =
  | { outcome: 'refreshed'; user: User; sessionId: string; refreshToken: RefreshToken | null }
  | { outcome: 'refused'; rule: string }

/**
 * Exchanges a refresh token for an access token and the next refresh token. Each is good once: a spent one that comes
 * back was copied, so the whole session ends, for the thief and for the owner, who logs in again.
 */
export async function refreshSession(ctx: Context, origin: Origin, token: string): Promise<Refreshed> {
  // What is refused may still have ended the session, so the refusal is thrown after the commit.
  const presented = await transaction(ctx.db, (tx) => present(ctx, tx, origin, hashToken(token)))
  if (presented.outcome === 'refused')
    throw new Refusal('unauthenticated', 'This login has ended. Log in again.', { rule: presented.rule })
  const { user, sessionId, refreshToken } = presented
  return { ...(await issueAccessToken(ctx, user, sessionId)), user, refreshToken }
}

async function present(ctx: Context, tx: Db, origin: Origin, tokenHash: Buffer): Promise<Presented> {
  const now = ctx.clock.now()
  const found = await lockRefreshToken(tx, tokenHash)
  if (!found) return { outcome: 'refused', rule: 'refresh_token_unknown' }
  const { user, sessionId } = found
  if (found.sessionEndedAt || found.sessionExpiresAt <= now)
    return { outcome: 'refused', rule: 'session_ended' }
  if (!user.isActive) return { outcome: 'refused', rule: 'user_inactive' }
  if (found.spentAt) {
    if (now.getTime() - found.spentAt.getTime() <= graceMs)
      return { outcome: 'refreshed', user, sessionId, refreshToken: null }
    await endReused(ctx, tx, origin, found, now)
    return { outcome: 'refused', rule: 'refresh_token_reused' }
  }
  if (found.expiresAt <= now) return { outcome: 'refused', rule: 'refresh_token_expired' }
  await spendRefreshToken(tx, tokenHash, now)
  return { outcome: 'refreshed', user, sessionId, refreshToken: await addRefreshToken(ctx, tx, sessionId) }
}

async function endReused(ctx: Context, tx: Db, origin: Origin, found: RefreshTokenState, now: Date) {
  const { sessionId, user } = found
  await endSession(tx, sessionId, now)
  const actor = {
    ...origin,
    kind: 'user' as const,
    userId: user.id,
    sessionId,
    isInstanceAdmin: user.isInstanceAdmin,
  }
  await recordEvents(tx, actor, now, [
    {
      id: ctx.newId(),
      workspaceId: null,
      type: 'session.ended',
      resourceType: 'session',
      resourceId: sessionId,
      data: { userId: user.id, why: 'a spent refresh token was presented again' },
    },
  ])
}

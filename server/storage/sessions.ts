import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { User } from './users.ts'

export async function insertSession(
  tx: Db,
  session: { id: string; userId: string; ip: string | null; userAgent: string | null; expiresAt: Date },
  now: Date,
): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({ ...session, createdAt: now })
    .execute()
}

/** Ends a session that still stands; true when it did. Its access and refresh tokens are dead from this commit on. */
export async function endSession(tx: Db, sessionId: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('sessions')
    .set({ endedAt: now })
    .where('id', '=', sessionId)
    .where('endedAt', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Ends every session of a user: their access and refresh tokens are dead from this commit on. Index sessions_user. */
export async function endSessionsOfUser(tx: Db, userId: string, now: Date): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ endedAt: now })
    .where('userId', '=', userId)
    .where('endedAt', 'is', null)
    .execute()
}

/** The session an access token names, with its user and the key that should have signed it. Three primary keys. */
export async function findSession(
  tx: Db,
  sessionId: string,
  keyId: string,
): Promise<{ endedAt: Date | null; expiresAt: Date; user: User; publicJwk: unknown } | null> {
  const row = await tx
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .innerJoin('signingKeys', (join) => join.on('signingKeys.id', '=', keyId))
    .select([
      'sessions.endedAt',
      'sessions.expiresAt',
      'signingKeys.publicJwk',
      'users.id',
      'users.email',
      'users.name',
      'users.isInstanceAdmin',
      'users.isActive',
    ])
    .where('sessions.id', '=', sessionId)
    .executeTakeFirst()
  if (!row) return null
  const { endedAt, expiresAt, publicJwk, ...user } = row
  return { endedAt, expiresAt, user, publicJwk }
}

export async function insertRefreshToken(
  tx: Db,
  token: { tokenHash: Buffer; sessionId: string; expiresAt: Date },
  now: Date,
): Promise<void> {
  await tx
    .insertInto('refreshTokens')
    .values({ ...token, issuedAt: now })
    .execute()
}

export interface RefreshTokenState {
  sessionId: string
  spentAt: Date | null
  expiresAt: Date
  sessionEndedAt: Date | null
  sessionExpiresAt: Date
  user: User
}

/** Locks the token, so that of two requests with the same one the second sees it spent. */
export async function lockRefreshToken(tx: Db, tokenHash: Buffer): Promise<RefreshTokenState | null> {
  const row = await tx
    .selectFrom('refreshTokens')
    .innerJoin('sessions', 'sessions.id', 'refreshTokens.sessionId')
    .innerJoin('users', 'users.id', 'sessions.userId')
    .select([
      'refreshTokens.sessionId',
      'refreshTokens.spentAt',
      'refreshTokens.expiresAt',
      'sessions.endedAt as sessionEndedAt',
      'sessions.expiresAt as sessionExpiresAt',
      'users.id',
      'users.email',
      'users.name',
      'users.isInstanceAdmin',
      'users.isActive',
    ])
    .where('refreshTokens.tokenHash', '=', tokenHash)
    .modifyEnd(sql`for update of refresh_tokens`)
    .executeTakeFirst()
  if (!row) return null
  const { sessionId, spentAt, expiresAt, sessionEndedAt, sessionExpiresAt, ...user } = row
  return { sessionId, spentAt, expiresAt, sessionEndedAt, sessionExpiresAt, user }
}

export async function spendRefreshToken(tx: Db, tokenHash: Buffer, now: Date): Promise<void> {
  await tx.updateTable('refreshTokens').set({ spentAt: now }).where('tokenHash', '=', tokenHash).execute()
}

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import type { Origin, UserActor } from '../domain/actor.ts'
import { Refusal } from '../domain/refusal.ts'
import { findSession } from '../storage/sessions.ts'
import { audience } from './access-token.ts'
import type { Context } from './context.ts'

/**
 * Who an access token stands for. Refuses (`unauthenticated`) what is not ours, has expired, belongs to a session that
 * was ended, or to a user who was switched off: the session is looked up each time, so ending one works at once.
 */
export async function authenticateToken(ctx: Context, token: string, origin: Origin): Promise<UserActor> {
  const named = namesOf(token)
  if (!named) throw refused('token_malformed')
  const session = await findSession(ctx.db, named.sessionId, named.keyId)
  if (!session) throw refused('token_unknown')
  const now = ctx.clock.now()
  try {
    await jwtVerify(token, publicKey(session.publicJwk), {
      algorithms: ['RS256'],
      issuer: ctx.settings.publicUrl,
      audience,
      subject: session.user.id,
      requiredClaims: ['exp', 'sid'],
      currentDate: now,
    })
  } catch (error) {
    throw refused((error as { code?: string }).code === 'ERR_JWT_EXPIRED' ? 'token_expired' : 'token_invalid')
  }
  if (session.endedAt || session.expiresAt <= now) throw refused('session_ended')
  if (!session.user.isActive) throw refused('user_inactive')
  return {
    ...origin,
    kind: 'user',
    userId: session.user.id,
    sessionId: named.sessionId,
    isInstanceAdmin: session.user.isInstanceAdmin,
  }
}

const refused = (rule: string) =>
  new Refusal('unauthenticated', 'The access token is invalid or has expired. Log in again.', { rule })

/** What the token says of itself, unproven: which session and key to look up. */
function namesOf(token: string): { sessionId: string; keyId: string } | null {
  try {
    const { kid } = decodeProtectedHeader(token)
    const { sid } = decodeJwt(token)
    return typeof sid === 'string' && uuid.test(sid) && typeof kid === 'string' && uuid.test(kid)
      ? { sessionId: sid, keyId: kid }
      : null
  } catch {
    return null
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Importing a key costs as much as checking a signature, and the same few keys come back for ever. */
const imported = new Map<string, KeyObject>()
const importedMax = 100

function publicKey(jwk: unknown): KeyObject {
  const { n = '', e } = jwk as JsonWebKey
  const known = imported.get(n)
  if (known) return known
  const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
  if (imported.size >= importedMax) imported.clear()
  imported.set(n, key)
  return key
}

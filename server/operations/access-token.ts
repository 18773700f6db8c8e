import { SignJWT } from 'jose'
import type { User } from '../storage/users.ts'
import type { Context } from './context.ts'
import { signingKey } from './signing-keys.ts'

/** BR2. */
export const accessTokenSeconds = 900

/** Names our tokens in `aud`, so that no other token of the same issuer passes for one. */
export const audience = 'fanfare'

export interface AccessToken {
  accessToken: string
  /** Seconds. */
  expiresIn: number
  expiresAt: Date
}

/** An RS256 JWT for a session. `sid` names the session, so that ending it ends the token at once. */
export async function issueAccessToken(
  ctx: Context,
  user: User,
  sessionId: string,
  seconds = accessTokenSeconds,
): Promise<AccessToken> {
  const { id, key } = await signingKey(ctx)
  const issuedAt = Math.floor(ctx.clock.now().getTime() / 1000)
  const accessToken = await new SignJWT({ sid: sessionId, email: user.email })
    .setProtectedHeader({ alg: 'RS256', kid: id, typ: 'JWT' })
    .setIssuer(ctx.settings.publicUrl)
    .setAudience(audience)
    .setSubject(user.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + seconds)
    .sign(key)
  return { accessToken, expiresIn: seconds, expiresAt: new Date((issuedAt + seconds) * 1000) }
}

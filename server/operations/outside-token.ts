import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { Refusal } from '../domain/refusal.ts'
import { KeysAway } from '../net/remote-keys.ts'
import type { Context } from './context.ts'

/** What a token of the outside issuer says (the claims are described in the README of the content API). */
export interface OutsideClaims {
  tenantId: string
  userId: string
  /** As the issuer spells them. */
  permissions: string[]
}

/** Tokens for other services of the same issuer are not for us: `aud`, where there is one, names this. */
const serviceCode = 'content'

/** Two machines' clocks. */
const clockToleranceSeconds = 30

/** Whether a bearer token says that it comes from the configured issuer; unproven. */
export function isOutsideToken({ contentIssuer }: Context, token: string): boolean {
  if (!contentIssuer) return false
  try {
    return decodeJwt(token).iss === contentIssuer.issuer
  } catch {
    return false
  }
}

/**
 * Reads a token that the outside issuer signed: RS256, with a key of its JWKS. Refuses (`unauthenticated`) one that is
 * forged, expired or for another service, and (`unavailable`) all of them while there are no keys to check them with.
 */
export async function readOutsideToken(ctx: Context, token: string): Promise<OutsideClaims> {
  if (!ctx.contentIssuer) throw new Error('There is no outside issuer')
  const { issuer, keyOf } = ctx.contentIssuer
  try {
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms: ['RS256'],
      issuer,
      requiredClaims: ['exp', 'sub'],
      currentDate: ctx.clock.now(),
      clockTolerance: clockToleranceSeconds,
    })
    if (!isForUs(payload)) throw refused('token_audience')
    return claimsOf(payload)
  } catch (error) {
    if (error instanceof KeysAway)
      throw new Refusal(
        'unavailable',
        'The keys of the token issuer cannot be fetched right now. Try again in a moment.',
        { rule: 'issuer_keys_unavailable', retryAfterMs },
      )
    if (error instanceof errors.JWTExpired) throw refused('token_expired')
    if (error instanceof Refusal) throw error
    // Whatever else is wrong with it or with the key it names: it proves nothing.
    throw refused('token_invalid')
  }
}

/** As often as we ask for the keys ourselves. */
const retryAfterMs = 10_000

const isForUs = ({ aud }: JWTPayload) => aud === undefined || [aud].flat().includes(serviceCode)

function claimsOf(payload: JWTPayload): OutsideClaims {
  const told = payload.permissions ?? payload.scope
  return {
    tenantId: textOf(payload.tenantId ?? payload.tenant_id),
    userId: textOf(payload.sub),
    permissions: Array.isArray(told) ? told.map(textOf) : textOf(told).split(/[\s,]+/),
  }
}

const textOf = (claim: unknown) => (typeof claim === 'string' ? claim.trim() : '')

const refused = (rule: string) =>
  new Refusal('unauthenticated', 'The access token is invalid or has expired. Get a new one.', { rule })

import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Http } from './http.ts'

/** A request waits for it; whoever serves keys answers at once or is in trouble. */
const timeoutMs = 5_000
/** A dozen keys with certificates are far below. */
const answerBytesMax = 200_000
/** Keys are asked for anew after this long, so that one that was withdrawn is not believed for ever. */
const freshMs = 600_000
/** While the keys cannot be fetched, those that were known go on to be believed for this long. */
const staleMs = 3_600_000
/**
 * A token with an unknown key makes us ask, since keys rotate; but anybody can make up key ids, so never more often than
 * this, also while nothing answers.
 */
const askAgainMs = 10_000

/** The keys cannot be fetched, so nothing can be said about a token. */
export class KeysAway extends Error {}

/**
 * The public keys that somebody else signs tokens with, from the address where they are published (a JWKS). Fetched
 * when first needed, kept, and asked for again when a key is unknown.
 * @throws KeysAway, or jose's JWKSNoMatchingKey
 */
export function remoteKeys(http: Http, url: string, now: () => Date): JWTVerifyGetKey {
  let known: { find: JWTVerifyGetKey; since: number } | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | null = null
  let trouble = ''

  async function fetchKeys(): Promise<void> {
    const answer = await http.send({ method: 'GET', url, timeoutMs, answerBytesMax })
    if (answer.kind !== 'answer') trouble = answer.why
    else if (!answer.ok) trouble = `it answered ${answer.status}`
    else
      try {
        known = { find: createLocalJWKSet(answer.json as JSONWebKeySet), since: now().getTime() }
      } catch {
        trouble = 'what it answered is no JSON Web Key Set'
      }
  }

  /** At most one request at a time. @returns whether it was asked just now. */
  async function ask(): Promise<boolean> {
    if (!asking) {
      if (now().getTime() - askedAt < askAgainMs) return false
      askedAt = now().getTime()
      asking = fetchKeys().finally(() => {
        asking = null
      })
    }
    await asking
    return true
  }

  const age = () => (known ? now().getTime() - known.since : Number.POSITIVE_INFINITY)

  return async (header, token) => {
    if (age() > freshMs) await ask()
    if (!known || age() > staleMs) throw new KeysAway(`No keys from ${url}: ${trouble}`)
    try {
      return await known.find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await ask())) throw error
      return await known.find(header, token)
    }
  }
}

import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import type { Context } from '../operations/context.ts'
import { clientAddress } from './client-address.ts'
import type { Bucket } from './rate-store.ts'

/**
 * Guessing passwords is slow work: ten wrong ones for an address from one place, then one in half a minute; and from
 * one place a hundred for all addresses together, then one in six seconds. A right password costs nothing, and nobody
 * can lock somebody else out from elsewhere.
 */
const perEmailAndPlace = { limit: 10, perMs: 300_000 }
const perPlace = { limit: 100, perMs: 600_000 }

/** Runs a login, counting it as a wrong password until it turns out right. */
export async function throttleLogin<T>(
  ctx: Context,
  request: FastifyRequest,
  email: string,
  logIn: () => Promise<T>,
): Promise<T> {
  const { store } = request.server.rates
  const place = clientAddress(request)
  const who = createHash('sha256').update(email.toLowerCase()).digest('base64url').slice(0, 22)
  const buckets: Bucket[] = [
    { key: `login:${who}:${place}`, ...perEmailAndPlace },
    { key: `login:${place}`, ...perPlace },
  ]
  const taken = await store.take(buckets, ctx.clock.now())
  if (!taken.allowed)
    throw new Refusal('rate_limited', 'Too many wrong passwords. Wait before the next try.', {
      rule: 'too_many_logins',
      retryAfterMs: taken.retryAfterMs,
    })
  const loggedIn = await logIn()
  await store.giveBack(buckets, ctx.clock.now())
  return loggedIn
}

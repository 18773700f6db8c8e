import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'
import type { Context } from '../operations/context.ts'
import type { Bucket, RateStore, Taken } from './rate-store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    rates: Rates
  }
  interface FastifyContextConfig {
    /** False: requests here are not counted (files, event streams). */
    rateLimit?: boolean
  }
}

export interface Rates {
  store: RateStore
  /** False with FANFARE_RATE_LIMITS=off. Wrong passwords are slowed down all the same. */
  limitsRequests: boolean
}

/**
 * Counts the requests of one dialect, after the credential is known. Every answer says how much is left of the
 * tightest limit; a request over one is refused with the time after which it would be let through.
 */
export function limitRequests(
  own: FastifyInstance,
  ctx: Context,
  bucketsOf: (request: FastifyRequest) => Bucket[] | Promise<Bucket[]>,
): void {
  if (!own.rates.limitsRequests) return
  own.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.rateLimit === false) return
    const buckets = await bucketsOf(request)
    if (buckets.length === 0) return
    const taken = await own.rates.store.take(buckets, ctx.clock.now())
    tell(reply, taken)
    if (!taken.allowed)
      throw new Refusal('rate_limited', 'Too many requests. Wait a moment and send this one again.', {
        rule: 'too_many_requests',
        retryAfterMs: taken.retryAfterMs,
      })
  })
}

/** `X-RateLimit-Reset` is the second (unix time) in which the bucket is full again. */
function tell(reply: FastifyReply, { tightest }: Taken) {
  reply.headers({
    'x-ratelimit-limit': String(tightest.limit),
    'x-ratelimit-remaining': String(tightest.remaining),
    'x-ratelimit-reset': String(Math.ceil(tightest.fullAt.getTime() / 1000)),
  })
}

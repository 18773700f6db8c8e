import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { type Answer, Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import { errorsAnswer } from './problems.ts'
import { tables } from './state.ts'

/**
 * Buffer's rolling windows per key, with the numbers of its Essentials plan
 * (https://developers.buffer.com/guides/api-limits, November 2026).
 */
export const rateWindows = {
  quarterHour: { name: '15min', seconds: 900, limit: 100 },
  day: { name: '1day', seconds: 86_400, limit: 250 },
  month: { name: '30days', seconds: 2_592_000, limit: 7_500 },
} as const
export type RateWindow = keyof typeof rateWindows
const windowNames = Object.keys(rateWindows) as RateWindow[]

/** Keys not heard of for longest are forgotten beyond this many; each remembers its requests of thirty days. */
const keysMax = 200

export const limitOf = (world: World, window: RateWindow): number =>
  tables(world).settings.get(`rate:${window}`) ?? rateWindows[window].limit

/** Counts requests in memory: a restart forgives. */
export function createRateLimits(world: World) {
  const requests = new Map<string, number[]>()

  return {
    /** Counts this request and tells what is left; refuses it when nothing is. */
    take(key: string, reply: FastifyReply) {
      const at = world.now().getTime()
      const longestMs = rateWindows.month.seconds * 1000
      // Those of a future are left from before a test moved the clock back.
      const times = (requests.get(key) ?? []).filter((time) => time > at - longestMs && time <= at)
      const windows = windowNames.map((name) => {
        const { seconds, name: shown } = rateWindows[name]
        const limit = limitOf(world, name)
        const inside = times.filter((time) => time > at - seconds * 1000)
        // The window opens again when the oldest request that still counts has left it.
        const freeAt = (inside.at(-limit) ?? at) + seconds * 1000
        const resetAt = (inside[0] ?? at) + seconds * 1000
        return { limit, seconds, shown: `${limit}-in-${shown}`, used: inside.length, freeAt, resetAt }
      })
      const full = windows.filter(({ used, limit }) => used >= limit)
      if (full.length === 0) times.push(at)
      remember(key, times)
      const taken = full.length === 0 ? 1 : 0
      const partition = createHash('sha256').update(key).digest('base64').slice(0, 20)
      reply.header(
        'ratelimit',
        windows.map(({ shown, limit, used, resetAt }) => {
          const left = Math.max(0, limit - used - taken)
          return `"${shown}";r=${left};t=${secondsUntil(resetAt, at)}`
        }),
      )
      reply.header(
        'ratelimit-policy',
        windows.map(({ shown, limit, seconds }) => `"${shown}";q=${limit};w=${seconds};pk=:${partition}:`),
      )
      if (full.length > 0) throw new Refused(tooMany(Math.max(...full.map(({ freeAt }) => freeAt - at))))
    },
  }

  function remember(key: string, times: number[]) {
    requests.delete(key)
    requests.set(key, times)
    for (const oldest of requests.keys()) {
      if (requests.size <= keysMax) break
      requests.delete(oldest)
    }
  }
}
export type RateLimits = ReturnType<typeof createRateLimits>

export function tooMany(retryAfterMs: number): Answer {
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1000))
  const message = 'Too many requests from this client. Please try again later.'
  return {
    ...errorsAnswer(429, 'RATE_LIMIT_EXCEEDED', message, { limitType: 'CLIENT_ACCOUNT', retryAfter }),
    headers: { 'retry-after': String(retryAfter) },
  }
}

const secondsUntil = (then: number, now: number) => Math.max(0, Math.ceil((then - now) / 1000))

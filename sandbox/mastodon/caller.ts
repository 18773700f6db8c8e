import type { FastifyReply, FastifyRequest } from 'fastify'
import { bearer } from '../oauth.ts'
import type { Person } from '../people.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { World } from '../simulator.ts'
import { answers, refuse, tooManyRequests } from './errors.ts'
import { isAppPerson, oauthRules, tables } from './state.ts'

/** Who makes a request, and what their token allows. */
export interface Caller {
  person: Person
  appName: string
}

/** 300 requests in 5 minutes, 30 uploads and 30 deletions in 30 minutes, 300 posts in 3 hours (docs.joinmastodon.org/api/rate-limits; RateLimiter). */
const windows = {
  requests: { limit: 300, windowMs: 5 * 60_000 },
  uploads: { limit: 30, windowMs: 30 * 60_000 },
  deletions: { limit: 30, windowMs: 30 * 60_000 },
  posts: { limit: 300, windowMs: 3 * 60 * 60_000 },
}
type Window = keyof typeof windows

/** Checks tokens, scopes and rates for one world. */
export function createCallers(world: World) {
  const oauth = world.oauth(oauthRules)
  const { apps, settings } = tables(world)
  let factor = 0
  let limits = {} as Record<Window, RateLimit>

  /** The control `rateLimits` multiplies them, for load tests. */
  function current(): Record<Window, RateLimit> {
    const wanted = settings.get('rateFactor') ?? 1
    if (wanted !== factor) {
      factor = wanted
      limits = Object.fromEntries(
        Object.entries(windows).map(([name, rule]) => [
          name,
          world.rateLimit({ ...rule, limit: Math.max(1, Math.round(rule.limit * wanted)) }),
        ]),
      ) as Record<Window, RateLimit>
    }
    return limits
  }

  function count(name: Window, key: string, reply: FastifyReply) {
    const taken = current()[name].take(key)
    if (!taken.allowed) throw refuse(tooManyRequests(taken.resetAt, taken.limit))
    // The limit that is closest to being reached is the one that is told.
    const told = reply.getHeader('x-ratelimit-remaining')
    if (told !== undefined && Number(told) <= taken.remaining) return
    reply.headers({
      'x-ratelimit-limit': String(taken.limit),
      'x-ratelimit-remaining': String(taken.remaining),
      'x-ratelimit-reset': taken.resetAt.toISOString(),
    })
  }

  function maybe(request: FastifyRequest): { caller: Caller; scopes: string[] } | null {
    const token = bearer(request)
    if (token === undefined) return null
    const checked = oauth.check(token)
    if (checked.outcome === 'revoked') throw refuse(answers.tokenRevoked)
    if (checked.outcome !== 'valid') throw refuse(answers.tokenInvalid)
    const { person, clientId, scopes } = checked.grant
    return { caller: { person, appName: apps.get(clientId)?.name ?? 'Sandbox' }, scopes }
  }

  return {
    /** The person behind the request, whose token has one of `scopes`. A made-up token may do everything. */
    person(request: FastifyRequest, reply: FastifyReply, scopes: string[], extra?: Window): Caller {
      const found = maybe(request)
      if (!found) throw refuse(answers.tokenInvalid)
      if (found.scopes.length > 0 && !scopes.some((scope) => grants(found.scopes, scope)))
        throw refuse(answers.outsideScopes)
      if (isAppPerson(found.caller.person)) throw refuse(answers.noUser)
      count('requests', found.caller.person.id, reply)
      if (extra) count(extra, found.caller.person.id, reply)
      return found.caller
    },
    /** Of a request that may be made without a token. */
    anyone: (request: FastifyRequest): Caller | null => maybe(request)?.caller ?? null,
    /** For faults: whose post this is, without counting or refusing. */
    nameOf(request: FastifyRequest): string | null {
      const checked = oauth.check(bearer(request))
      return checked.outcome === 'valid' ? checked.grant.person.id : null
    },
  }
}
export type Callers = ReturnType<typeof createCallers>

/** `write` holds `write:statuses`. */
const grants = (held: string[], wanted: string) =>
  held.includes(wanted) || held.includes(wanted.split(':')[0] ?? wanted)

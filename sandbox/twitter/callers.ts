import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refused } from '../answer.ts'
import { bearer } from '../oauth.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { appHeaders, missingScope, rateHeaders, tooMany, unauthorized } from './refusals.ts'
import { oauthRules, tables } from './state.ts'

/** Per user and 15 minutes (docs.x.com, fundamentals/rate-limits). */
const windows = { posts: 100, deletions: 50, uploads: 1875, lists: 900, lookups: 5000, me: 75 }
export type Window = keyof typeof windows
/** Posts of all users of an app in 24 hours (the same page). */
const appPostsPerDay = 10_000

export function createCallers(world: World) {
  const oauth = world.oauth(oauthRules)
  const limits = Object.fromEntries(
    Object.entries(windows).map(([name, limit]) => [name, world.rateLimit({ limit, windowMs: 900_000 })]),
  )

  const ofApp = world.rateLimit({ limit: appPostsPerDay, windowMs: 86_400_000 })
  const { settings } = tables(world)

  /** Everything the sandbox knows is one app; `appPostsPerDay` lowers what it may. */
  function takeFromApp(reply: FastifyReply) {
    const allowance = settings.get('appPostsPerDay') ?? appPostsPerDay
    const { resetAt, remaining, allowed } = ofApp.take('app')
    const left = remaining - (appPostsPerDay - allowance)
    const headers = appHeaders({ resetAt, limit: allowance, remaining: Math.max(0, left) })
    if (!allowed || left < 0) throw new Refused(tooMany(resetAt, allowance, headers))
    reply.headers(headers)
  }

  return {
    /** The person behind the request, whose token has these scopes; counts it in a window. */
    person(request: FastifyRequest, reply: FastifyReply, scopes: string[], window: Window): Person {
      const checked = oauth.check(bearer(request))
      if (checked.outcome !== 'valid') throw new Refused(unauthorized)
      const { person, scopes: held } = checked.grant
      if (held.length > 0 && !scopes.every((scope) => held.includes(scope))) throw missingScope()
      const taken = limits[window]?.take(person.id)
      if (taken && !taken.allowed) throw new Refused(tooMany(taken.resetAt, taken.limit))
      if (taken) reply.headers(rateHeaders(taken))
      if (window === 'posts') takeFromApp(reply)
      return person
    },
    /** For faults: whose post this is, without counting or refusing. */
    nameOf(request: FastifyRequest): string | null {
      const checked = oauth.check(bearer(request))
      return checked.outcome === 'valid' ? checked.grant.person.id : null
    },
  }
}
export type Callers = ReturnType<typeof createCallers>

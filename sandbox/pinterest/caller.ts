import type { FastifyReply, FastifyRequest } from 'fastify'
import { bearer } from '../oauth.ts'
import type { Person } from '../people.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { World } from '../simulator.ts'
import { answers, refuse, tooManyRequests } from './errors.ts'
import { oauthRules, tables } from './state.ts'

/** Per person and minute, by the category the official description gives each operation. The numbers are assumed. */
const perMinute = { org_read: 1_000, org_write: 100 }
type Category = keyof typeof perMinute

export function createCallers(world: World) {
  const oauth = world.oauth(oauthRules)
  const { settings } = tables(world)
  let factor = 0
  let limits = {} as Record<Category, RateLimit>

  function limitOf(category: Category): RateLimit {
    const wanted = settings.get('rateFactor') ?? 1
    if (wanted !== factor) {
      factor = wanted
      const made = (name: Category) =>
        world.rateLimit({ limit: Math.ceil(perMinute[name] * wanted), windowMs: 60_000 })
      limits = { org_read: made('org_read'), org_write: made('org_write') }
    }
    return limits[category]
  }

  return {
    /** The person behind the request, whose token has every one of `scopes`. A made-up token may do everything. */
    person(request: FastifyRequest, reply: FastifyReply, category: Category, scopes: string[]): Person {
      const checked = oauth.check(bearer(request))
      if (checked.outcome !== 'valid') throw refuse(answers.authenticationFailed)
      const { person, scopes: held } = checked.grant
      if (held.length > 0 && !scopes.every((scope) => held.includes(scope)))
        throw refuse(answers.notPermitted)
      const taken = limitOf(category).take(person.id)
      if (!taken.allowed) throw refuse(tooManyRequests(taken.retryAfterMs))
      reply.headers({
        'x-ratelimit-limit': String(taken.limit),
        'x-ratelimit-remaining': String(taken.remaining),
        'x-ratelimit-reset': String(Math.ceil((taken.resetAt.getTime() - world.now().getTime()) / 1000)),
      })
      return person
    },
    /** For faults: whose Pin this is, without counting or refusing. */
    nameOf(request: FastifyRequest): string | null {
      const checked = oauth.check(bearer(request))
      return checked.outcome === 'valid' ? checked.grant.person.id : null
    },
  }
}
export type Callers = ReturnType<typeof createCallers>

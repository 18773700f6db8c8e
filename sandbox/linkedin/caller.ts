import type { FastifyRequest } from 'fastify'
import { Refused } from '../answer.ts'
import { bearer } from '../oauth.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { bad, denied, expired, unauthorized } from './refusals.ts'
import { actorsOf, oauthRules } from './state.ts'

export function createCallers(world: World) {
  const oauth = world.oauth(oauthRules)

  /** The person behind the request, whose token has this scope. A made-up token may do everything. */
  function person(request: FastifyRequest, scope?: string): Person {
    const checked = oauth.check(bearer(request))
    if (checked.outcome === 'expired') throw new Refused(expired)
    if (checked.outcome !== 'valid') throw new Refused(unauthorized)
    const { scopes } = checked.grant
    if (scope && scopes.length > 0 && !scopes.includes(scope)) throw denied(`scope ${scope}`)
    return checked.grant.person
  }

  return {
    person,
    /** As everything under `/rest` wants it. */
    versioned(request: FastifyRequest, scope?: string): Person {
      if (!request.headers['linkedin-version']) throw bad('VERSION_MISSING', 'A version must be present')
      if (request.headers['x-restli-protocol-version'] !== '2.0.0')
        throw bad('PROTOCOL_VERSION', 'Only Rest.li 2.0.0 is understood here')
      return person(request, scope)
    },
    /** Refuses whoever may not act for this member or page. */
    mayActFor(who: Person, urn: string | undefined, what: string): string {
      if (!urn || !actorsOf(who).includes(urn)) throw denied(what)
      return urn
    },
  }
}

export type Callers = ReturnType<typeof createCallers>

import type { FastifyRequest } from 'fastify'
import { bearer } from '../oauth.ts'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { answers, refuse } from './errors.ts'
import { oauthRules, tables } from './state.ts'

/** Since 1 June 2026: 100 uploads a day, 10,000 units for everything else (developers.google.com/youtube/v3/determine_quota_cost). */
const perDay = { uploads: 100, units: 10_000 }
export const costs = { list: 1, write: 50 }

const auth = (name: string) => `https://www.googleapis.com/auth/${name}`
const upload = auth('youtube.upload')
const everything = [auth('youtube'), auth('youtube.force-ssl')]
/** Any of these is enough. */
export const scopes = {
  read: [...everything, auth('youtube.readonly')],
  upload: [...everything, upload],
  write: everything,
}

export function createCallers(world: World) {
  const oauth = world.oauth(oauthRules)
  const { settings } = tables(world)

  /** The quota is one for the whole app, and begins anew at midnight in California; the sandbox's day is UTC's. */
  function spend(kind: keyof typeof perDay, cost: number) {
    const key = `${kind}:${world.now().toISOString().slice(0, 10)}`
    const spent = settings.get(key) ?? 0
    const most = perDay[kind] * (settings.get('quotaFactor') ?? 1)
    if (spent + cost > most)
      throw refuse(kind === 'uploads' ? answers.uploadLimitExceeded : answers.quotaExceeded)
    settings.put(key, spent + cost)
  }

  return {
    /** The person behind the request, whose token has one of these scopes. A made-up token may do everything. */
    person(request: FastifyRequest, wanted: string[], cost: number): Person {
      const person = this.signedIn(request, wanted)
      spend('units', cost)
      return person
    },
    /** As `person`, for one upload, which has a budget of its own. */
    uploader(request: FastifyRequest): Person {
      const person = this.signedIn(request, scopes.upload)
      spend('uploads', 1)
      return person
    },
    /** Without taking from any quota. */
    signedIn(request: FastifyRequest, wanted: string[]): Person {
      const checked = oauth.check(bearer(request))
      if (checked.outcome !== 'valid') throw refuse(answers.authError)
      const { person, scopes: held } = checked.grant
      if (held.length > 0 && !wanted.some((scope) => held.includes(scope))) throw refuse(answers.scopes)
      return person
    },
    /** For faults: whose video this is, without counting or refusing. */
    nameOf(request: FastifyRequest): string | null {
      const checked = oauth.check(bearer(request))
      return checked.outcome === 'valid' ? checked.grant.person.id : null
    },
  }
}
export type Callers = ReturnType<typeof createCallers>

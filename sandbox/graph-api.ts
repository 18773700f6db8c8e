/** What the simulated networks of Meta have in common: tokens, errors, containers' lives. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Answer, Refused } from './answer.ts'
import { bearer, type OAuth, type OAuthRules } from './oauth.ts'
import type { Person } from './people.ts'
import type { Refusals, World } from './simulator.ts'

export interface GraphRefusal {
  status?: number
  code: number
  subcode?: number
  message: string
  /** What Meta writes for people. */
  userMessage?: string
  type?: string
  isTransient?: boolean
}

/** An error body of the Graph API (docs/graph-api/guides/error-handling). */
export const graphRefusal = (refusal: GraphRefusal): Answer => ({
  status: refusal.status ?? 400,
  body: {
    error: {
      message: refusal.message,
      type: refusal.type ?? 'OAuthException',
      code: refusal.code,
      ...(refusal.subcode !== undefined && { error_subcode: refusal.subcode }),
      is_transient: refusal.isTransient ?? false,
      ...(refusal.userMessage && {
        error_user_title: 'Could not be done',
        error_user_msg: refusal.userMessage,
      }),
      fbtrace_id: 'Asandbox',
    },
  },
})

export const refuseGraph = (refusal: GraphRefusal) => new Refused(graphRefusal(refusal))

/** In the header, or where Meta's older examples have it. */
export function graphToken(request: FastifyRequest): string | undefined {
  const inQuery = (request.query as Record<string, string>).access_token
  const inBody = (request.body as Record<string, string> | undefined)?.access_token
  return bearer(request) ?? inQuery ?? (typeof inBody === 'string' ? inBody : undefined)
}

/** Whose token it is; refuses as Meta refuses a dead one. */
export function graphPerson(oauth: OAuth, request: FastifyRequest): Person {
  const checked = oauth.check(graphToken(request))
  switch (checked.outcome) {
    case 'valid':
      return checked.grant.person
    case 'expired':
      throw refuseGraph({
        status: 401,
        code: 190,
        subcode: 463,
        message: 'Error validating access token: Session has expired',
      })
    case 'revoked':
      throw refuseGraph({
        status: 401,
        code: 190,
        subcode: 458,
        message: 'Error validating access token: The user has not authorized application',
      })
    case 'unknown':
      throw refuseGraph({ status: 401, code: 190, message: 'Invalid OAuth access token' })
  }
}

export const missing = (id: string) =>
  refuseGraph({
    code: 100,
    subcode: 33,
    message: `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    type: 'GraphMethodException',
  })

/** How Meta says what the core decides on its own. */
export const graphRefusals = (rules: OAuthRules, rejected: GraphRefusal): Refusals => ({
  rejected: () => graphRefusal(rejected),
  rateLimited: (_request, retryAfterMs) => ({
    ...graphRefusal({ code: 17, message: 'User request limit reached' }),
    headers: {
      'retry-after': String(Math.ceil(retryAfterMs / 1000)),
      'x-business-use-case-usage': JSON.stringify({
        sandbox: [
          {
            type: 'sandbox',
            call_count: 100,
            estimated_time_to_regain_access: Math.ceil(retryAfterMs / 60_000),
          },
        ],
      }),
    },
  }),
  expired(request, world) {
    world.oauth(rules).expire(graphToken(request))
    return graphRefusal({
      status: 401,
      code: 190,
      subcode: 463,
      message: 'Error validating access token: Session has expired',
    })
  },
  serverError: () =>
    graphRefusal({ status: 500, code: 2, message: 'An unexpected error has occurred.', isTransient: true }),
  notFound: (request) => missing(request.url.split('?')[0] ?? '').answer,
  badRequest: (_request, why) => graphRefusal({ code: 100, message: `(#100) ${why}` }),
})

/** Form fields of a body or of the address: the Graph API takes parameters in either. */
export function graphParams(request: FastifyRequest): Record<string, string> {
  const body = (request.body ?? {}) as Record<string, unknown>
  const fields = 'fields' in body && 'files' in body ? (body.fields as Record<string, unknown>) : body
  const all = { ...(request.query as Record<string, unknown>), ...fields }
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]))
}

/** Only what was asked for, as `fields` says; `id` is always there. */
export function pickFields(request: FastifyRequest, all: Record<string, unknown>): Record<string, unknown> {
  const asked = (request.query as Record<string, string>).fields
  if (!asked) return { id: all.id }
  const names = asked.split(',').map((name) => name.replace(/[{.(].*$/, ''))
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, value]) => value !== undefined && (name === 'id' || names.includes(name)),
    ),
  )
}

/** One metric as insights answer it. */
export const insight = (id: string, name: string, value: number, period = 'lifetime') => ({
  name,
  period,
  values: [{ value }],
  title: name,
  id: `${id}/insights/${name}/${period}`,
})

/** People have numbers at Meta; kept, so that a made-up one keeps theirs. */
export function personNumber(world: World, person: Person): string {
  const numbers = world.table<string>('numbers')
  return (
    numbers.get(person.id) ??
    numbers.put(person.id, String(world.nextNumber('person', 1_780_000_000_000_001)))
  )
}

/** The exchange of a short token for a long one, and the renewal of a long one: the same answer at two addresses. */
export function renewTokens(app: FastifyInstance, oauth: OAuth, accessTokenMs: number) {
  for (const operation of ['access_token', 'refresh_access_token'])
    app.get(`/${operation}`, { config: { simulated: { operation } } }, (request) => {
      const person = graphPerson(oauth, request)
      const { accessToken } = oauth.issue({ person, clientId: 'renewed', scopes: [], accessTokenMs })
      return { access_token: accessToken, token_type: 'bearer', expires_in: accessTokenMs / 1000 }
    })
}

import type { FastifyInstance } from 'fastify'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, refuse } from './errors.ts'
import { accountId, byNewest, compareIds, oauthRules, type Status, tables } from './state.ts'
import { mayRead } from './status-routes.ts'

const pageSizeDefault = 20
const pageSizeMax = 40

interface ListQuery {
  limit?: string
  max_id?: string
  since_id?: string
  min_id?: string
  only_media?: string
  exclude_replies?: string
  pinned?: string
}

export function accountRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { statuses } = tables(world)

  app.get(
    '/api/v1/accounts/verify_credentials',
    { config: { simulated: { operation: 'accounts.verify' } } },
    (request, reply) => {
      const { person } = callers.person(request, reply, ['read:accounts', 'profile'])
      return reply.send(entities.credentialAccount(person))
    },
  )

  app.get<{ Params: { id: string } }>(
    '/api/v1/accounts/:id',
    { config: { simulated: { operation: 'accounts.get' } } },
    (request) => entities.account(personOf(request.params.id, callers.anyone(request)?.person)),
  )

  app.get<{ Params: { id: string }; Querystring: ListQuery }>(
    '/api/v1/accounts/:id/statuses',
    { config: { simulated: { operation: 'accounts.statuses' } } },
    (request, reply) => {
      const caller = request.headers.authorization ? callers.person(request, reply, ['read:statuses']) : null
      const { query } = request
      const owner = personOf(request.params.id, caller?.person)
      const all = statuses
        .all()
        .filter((one) => one.author.id === owner.id && mayRead(one, caller))
        .filter((one) => !isTrue(query.only_media) || one.mediaIds.length > 0)
        .filter((one) => !isTrue(query.exclude_replies) || one.replyTo === null)
        .filter(() => !isTrue(query.pinned))
        .sort(byNewest)
      const page = pageOf(all, query)
      const path = `/api/v1/accounts/${request.params.id}/statuses`
      if (page.length > 0)
        reply.header(
          'link',
          [
            `<${world.ownUrl(request, path)}?max_id=${page.at(-1)?.id}>; rel="next"`,
            `<${world.ownUrl(request, path)}?min_id=${page[0]?.id}>; rel="prev"`,
          ].join(', '),
        )
      return reply.send(page.map((one) => entities.status(one, caller?.person ?? null)))
    },
  )

  function personOf(id: string, me: Parameters<typeof accountId>[0] | undefined) {
    const known = [...(me ? [me] : []), ...oauthRules.people, ...statuses.all().map(({ author }) => author)]
    const found = known.find((person) => accountId(person) === id)
    if (!found) throw refuse(answers.notFound)
    return found
  }
}

/** `max_id` and `since_id` bound the newest; `min_id` asks for those right after it. */
function pageOf(newestFirst: Status[], query: ListQuery): Status[] {
  const asked = Number(query.limit ?? pageSizeDefault)
  const limit = Math.min(asked > 0 ? Math.floor(asked) : pageSizeDefault, pageSizeMax)
  const within = newestFirst.filter(
    ({ id }) =>
      (!query.max_id || compareIds(id, query.max_id) < 0) &&
      (!query.since_id || compareIds(id, query.since_id) > 0) &&
      (!query.min_id || compareIds(id, query.min_id) > 0),
  )
  return query.min_id ? within.slice(-limit) : within.slice(0, limit)
}

const isTrue = (value: string | undefined) => value === 'true' || value === '1'

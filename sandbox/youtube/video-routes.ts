import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Person } from '../people.ts'
import type { World } from '../simulator.ts'
import { type Callers, costs, scopes } from './caller.ts'
import type { Entities } from './entities.ts'
import { answers, bad, refuse } from './errors.ts'
import { partsOf, snippetFrom, statusFrom } from './metadata.ts'
import { channelId, tables, type Video } from './state.ts'

type Query = Record<string, string | string[] | undefined>
const videoParts = ['id', 'snippet', 'status', 'statistics', 'processingDetails', 'contentDetails']

export function videoRoutes(app: FastifyInstance, world: World, callers: Callers, entities: Entities) {
  const { videos, settings } = tables(world)

  app.get('/youtube/v3/channels', { config: { simulated: { operation: 'channels.list' } } }, (request) => {
    const person = callers.person(request, scopes.read, costs.list)
    const query = request.query as Query
    const parts = partsOf(query, ['id', 'snippet', 'statistics', 'contentDetails', 'brandingSettings'])
    if (query.mine !== 'true' && query.id === undefined)
      throw bad(
        'missingRequiredParameter',
        'No filter selected. Expected one of: mine, id',
        'youtube.parameter',
      )
    const isAsked = query.mine === 'true' || idsIn(query).includes(channelId(person))
    return listOf('channel', isAsked ? [entities.channel(person, parts)] : [])
  })

  app.get('/youtube/v3/videos', { config: { simulated: { operation: 'videos.list' } } }, (request) => {
    const person = callers.person(request, scopes.read, costs.list)
    const query = request.query as Query
    const parts = partsOf(query, videoParts)
    const ids = idsIn(query)
    if (ids.length === 0)
      throw bad('missingRequiredParameter', 'No filter selected. Expected: id', 'youtube.parameter')
    const found = ids.flatMap((id) => {
      const video = videos.get(id)
      return video && maySee(video, person) ? [entities.video(video, parts)] : []
    })
    return listOf('video', found)
  })

  const update = {
    simulated: {
      operation: 'videos.update',
      // The visible part: who may see it changes here.
      text(request: FastifyRequest) {
        const video = videos.get(String((request.body as { id?: unknown }).id))
        return video ? `${video.snippet.title} ${video.snippet.description}` : ''
      },
      account: (request: FastifyRequest) => callers.nameOf(request),
    },
  }
  app.put('/youtube/v3/videos', { config: update }, (request) => {
    const person = callers.person(request, scopes.write, costs.write)
    const parts = partsOf(request.query, videoParts)
    const body = request.body as { id?: unknown; snippet?: unknown; status?: unknown }
    const video = owned(String(body.id), person)
    const status = parts.includes('status') ? statusFrom(body.status) : video.status
    // `unaudited`: what an app that Google has not audited uploads stays private.
    if (settings.get('unaudited') === 1) status.privacyStatus = 'private'
    const becomesVisible = video.status.privacyStatus === 'private' && status.privacyStatus !== 'private'
    const changed = videos.put(video.id, {
      ...video,
      snippet: parts.includes('snippet') ? snippetFrom(body.snippet) : video.snippet,
      status,
      publishedAt: becomesVisible ? world.now().toISOString() : video.publishedAt,
    })
    return entities.video(changed, parts)
  })

  app.delete(
    '/youtube/v3/videos',
    { config: { simulated: { operation: 'videos.delete' } } },
    (request, reply) => {
      const person = callers.person(request, scopes.write, costs.write)
      const { id } = request.query as { id?: string }
      videos.delete(owned(String(id), person).id)
      return reply.code(204).send()
    },
  )

  function owned(id: string, person: Person): Video {
    const video = videos.get(id)
    if (!video || !maySee(video, person)) throw refuse(answers.videoNotFound)
    if (video.owner.id !== person.id) throw refuse(answers.forbidden)
    return video
  }
}

export const maySee = (video: Video, person: Person) =>
  video.status.privacyStatus !== 'private' || video.owner.id === person.id

/** Lists come in one parameter with commas, or repeated. */
const idsIn = ({ id }: Query) =>
  [id ?? []]
    .flat()
    .flatMap((one) => one.split(','))
    .filter(Boolean)

export const listOf = (what: string, items: unknown[]) => ({
  kind: `youtube#${what}ListResponse`,
  etag: 'sandbox',
  pageInfo: { totalResults: items.length, resultsPerPage: items.length },
  items,
})

import type { FastifyInstance } from 'fastify'
import { Refused, send } from '../answer.ts'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import { feedOf } from './feed.ts'
import { bad, denied, missing, no } from './refusals.ts'
import { isPageUrn, mediaOf, type Post, type PostBody, plain, tables } from './state.ts'

const duplicateMs = 10 * 60_000
const textMax = 3000
const altTextMax = 4086
const postsPerDay = 150

export function postRoutes(app: FastifyInstance, world: World, callers: Callers) {
  const { assets, comments, posts } = tables(world)
  const daily = world.rateLimit({ limit: postsPerDay, windowMs: 86_400_000 })
  const named = (operation: string) => ({ config: { simulated: { operation } } })
  const entity = (post: Post) => ({ id: post.urn, ...post.body, createdAt: Date.parse(post.at) })

  app.post(
    '/rest/posts',
    {
      config: {
        simulated: {
          operation: 'posts.create',
          text: (request) => plain((request.body as PostBody | undefined)?.commentary ?? ''),
          account: (request) => (request.body as PostBody | undefined)?.author,
        },
      },
    },
    async (request, reply) => {
      const body = request.body as PostBody
      const scope = isPageUrn(body.author ?? '') ? 'w_organization_social' : 'w_member_social'
      const person = callers.versioned(request, scope)
      const author = callers.mayActFor(person, body.author, 'posts.CREATE')
      checkBody(body)
      const now = world.now()
      const same = posts
        .all()
        .find(
          (post) =>
            JSON.stringify(post.body) === JSON.stringify(body) &&
            now.getTime() - Date.parse(post.at) < duplicateMs,
        )
      if (same) throw new Refused(no(422, 'DUPLICATE_POST', `Content is a duplicate of ${same.urn}`))
      if (!daily.take(person.id).allowed)
        throw new Refused(no(429, 'TOO_MANY_REQUESTS', 'Resource level throttle limit reached'))
      const urn = `urn:li:share:${world.nextNumber('share', 7_000_000_000)}`
      posts.put(urn, { urn, author, person, body, at: now.toISOString() })
      return reply.code(201).header('x-restli-id', urn).send()
    },
  )

  function checkBody(body: PostBody) {
    const text = plain(body.commentary ?? '')
    if (text.length > textMax)
      throw bad('FIELD_LENGTH_TOO_LONG', `commentary: length (${text.length}) is over ${textMax}`)
    if (/(?<!\\)[|{}@[\]()<>*_~]/.test(body.commentary ?? ''))
      throw bad('INVALID_VALUE_FOR_FIELD', 'commentary has reserved characters that are not escaped')
    const images = body.content?.multiImage?.images
    if (images && (images.length < 2 || images.length > 20))
      throw bad('INVALID_VALUE_FOR_FIELD', `multiImage takes 2 to 20 images, not ${images.length}`)
    for (const { id, altText = '' } of mediaOf(body)) {
      const asset = assets.get(id)
      if (!asset) throw bad('INVALID_URN_ID', `No such asset: ${id}`)
      if (images && asset.kind !== 'image') throw bad('INVALID_IMAGE_ID', `${id} is no image`)
      if (asset.broken) throw bad('MEDIA_ASSET_PROCESSING_FAILED', `${id} could not be processed`)
      if (!asset.readyAt || asset.readyAt > world.now().toISOString())
        throw bad('MEDIA_ASSET_WAITING_UPLOAD', `${id} is not ready`)
      if (altText.length > altTextMax)
        throw bad('FIELD_LENGTH_TOO_LONG', `altText: length (${altText.length}) is over ${altTextMax}`)
    }
  }

  app.get<{ Querystring: { author?: string; count?: string; q?: string } }>(
    '/rest/posts',
    named('posts.list'),
    async (request) => {
      const { author = '', count = '10', q } = request.query
      if (q !== 'author') throw bad('ILLEGAL_ARGUMENT', `There is no finder ${q}`)
      const scope = isPageUrn(author) ? 'r_organization_social' : 'r_member_social'
      const person = callers.versioned(request, scope)
      // `r_member_social` is given to hardly anybody; a made-up token has it no more than others.
      if (!isPageUrn(author)) throw denied('posts.FINDER-author')
      callers.mayActFor(person, author, 'posts.FINDER-author')
      const found = posts.all().filter((post) => post.author === author)
      return {
        elements: found.toReversed().slice(0, Number(count)).map(entity),
        paging: { start: 0, count: Number(count), links: [] },
      }
    },
  )

  app.get<{ Params: { urn: string } }>('/rest/posts/:urn', named('posts.get'), async (request) => {
    callers.versioned(request)
    const post = posts.get(request.params.urn)
    if (!post) throw missing()
    return entity(post)
  })

  app.delete<{ Params: { urn: string } }>(
    '/rest/posts/:urn',
    named('posts.delete'),
    async (request, reply) => {
      const person = callers.versioned(request)
      const post = posts.get(request.params.urn)
      if (post) callers.mayActFor(person, post.author, 'posts.DELETE')
      posts.delete(request.params.urn)
      for (const { urn, postUrn } of comments.all()) if (postUrn === request.params.urn) comments.delete(urn)
      return reply.code(204).send()
    },
  )

  app.get<{ Params: { urn: string } }>('/web/feed/update/:urn', (request, reply) =>
    send(reply, world.postPage(feedOf(world).find(({ id }) => id === request.params.urn))),
  )
}

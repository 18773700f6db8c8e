import type { FastifyInstance } from 'fastify'
import type { World } from '../simulator.ts'
import type { Callers } from './caller.ts'
import { bad, denied, missing } from './refusals.ts'
import { type Comment, isPageUrn, tables } from './state.ts'

const textMax = 1250

interface Body {
  actor?: string
  object?: string
  message?: { text?: string }
}

export function commentRoutes(app: FastifyInstance, world: World, callers: Callers) {
  const { comments, posts } = tables(world)
  const path = '/rest/socialActions/:urn/comments'

  app.post<{ Params: { urn: string } }>(
    path,
    {
      config: {
        simulated: {
          operation: 'comments.create',
          text: (request) => (request.body as Body | undefined)?.message?.text ?? '',
          account: (request) => (request.body as Body | undefined)?.actor,
        },
      },
    },
    async (request, reply) => {
      const { actor, object, message } = request.body as Body
      const scope = isPageUrn(actor ?? '') ? 'w_organization_social' : 'w_member_social'
      const person = callers.versioned(request, scope)
      const who = callers.mayActFor(person, actor, 'socialActions/comments.CREATE')
      const post = posts.get(request.params.urn)
      if (!post) throw missing()
      if (!object) throw bad('MISSING_FIELD', 'object is missing')
      const text = message?.text ?? ''
      if (text === '') throw bad('MISSING_FIELD', 'message: text is missing')
      if (text.length > textMax)
        throw bad('FIELD_LENGTH_TOO_LONG', `message: length (${text.length}) is over ${textMax}`)
      const id = String(world.nextNumber('comment', 6_000_000_000))
      const urn = `urn:li:comment:(${post.urn},${id})`
      const comment = comments.put(urn, {
        id,
        urn,
        postUrn: post.urn,
        actor: who,
        person,
        text,
        at: world.now().toISOString(),
      })
      return reply.code(201).header('x-restli-id', id).send(entity(comment))
    },
  )

  app.get<{ Params: { urn: string }; Querystring: { start?: string; count?: string } }>(
    path,
    { config: { simulated: { operation: 'comments.list' } } },
    async (request) => {
      const person = callers.versioned(request)
      const post = posts.get(request.params.urn)
      if (!post) throw missing()
      // `r_member_social` is given to hardly anybody.
      if (!isPageUrn(post.author)) throw denied('socialActions/comments.GET_ALL')
      callers.mayActFor(person, post.author, 'socialActions/comments.GET_ALL')
      const [start, count] = [Number(request.query.start ?? 0), Number(request.query.count ?? 10)]
      const found = comments.all().filter(({ postUrn }) => postUrn === post.urn)
      return {
        elements: found
          .toReversed()
          .slice(start, start + count)
          .map(entity),
        paging: { start, count, total: found.length, links: [] },
      }
    },
  )
}

const entity = ({ id, urn, postUrn, actor, text, at }: Comment) => ({
  id,
  commentUrn: urn,
  actor,
  object: postUrn,
  message: { attributes: [], text },
  created: { actor, time: Date.parse(at) },
  lastModified: { actor, time: Date.parse(at) },
})

import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refused, send } from '../answer.ts'
import type { Simulator, World } from '../simulator.ts'
import { error, noRoute, notLoggedIn } from './errors.ts'
import { feedPost } from './feed.ts'
import { addMedia, describeMedia } from './media.ts'
import { addPost, listComments, listPosts, postsOf, trashPost } from './posts.ts'
import { deletePassword, type Handler, readMe, readPassword, readSite, userOf } from './users.ts'

/** One WordPress site by its REST API, under `?rest_route=` and `/wp-json`. Any user with any application password is an author. */
export const wordpress: Simulator = {
  id: 'wordpress',
  name: 'WordPress',
  color: '#3858e9',
  bodyBytesMax: 66_000_000,

  routes(app, world) {
    const config = {
      simulated: {
        operation: (request: FastifyRequest) => `${request.method} ${routeOf(request)}`,
        text(request: FastifyRequest) {
          if (request.method !== 'POST' || routeOf(request) !== '/wp/v2/posts') return undefined
          const { title = '', content = '' } = request.body as { title?: string; content?: string }
          return `${title} ${content}`
        },
        account: (request: FastifyRequest) => userOf(request)?.name,
      },
    }
    const handle = (request: FastifyRequest, reply: FastifyReply) => answer(world, request, reply)
    for (const path of ['/', '/wp-json/*'])
      app.route({ method: ['GET', 'POST', 'PUT', 'DELETE'], url: path, config, handler: handle })
    app.get('/:slug/', (request, reply) => {
      const { slug } = request.params as { slug: string }
      const post = postsOf(world)
        .all()
        .find((one) => one.slug === slug && one.status === 'publish')
      return send(reply, world.postPage(post && feedPost(world, post)))
    })
  },

  feed: (world) =>
    postsOf(world)
      .all()
      .filter(({ status }) => status === 'publish')
      .map((post) => feedPost(world, post)),

  refusals: {
    rejected: () => error(400, 'rest_invalid_param', 'Invalid parameter(s): content'),
    rateLimited: (_request, retryAfterMs) => ({
      ...error(429, 'too_many_requests', 'Too many requests'),
      headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
    }),
    expired: () => notLoggedIn('incorrect_password'),
    serverError: () =>
      error(500, 'internal_server_error', 'There has been a critical error on this website.'),
    notFound: () => noRoute,
    badRequest: (_request, why) => error(400, 'rest_invalid_json', why),
  },

  controls: {
    /** `{username}`: the person deletes the application password. */
    revoke: (world, input) => void world.table<true>('revoked').put(String(input.username), true),
  },
}

const routeOf = (request: FastifyRequest) =>
  String(
    (request.query as { rest_route?: string }).rest_route ??
      request.url.split('?')[0]?.split('/wp-json')[1] ??
      '/',
  )

const handlers: [method: string, route: RegExp, handler: Handler][] = [
  ['GET', /^\/$/, readSite],
  ['GET', /^\/wp\/v2\/users\/me$/, readMe],
  ['GET', /^\/wp\/v2\/users\/me\/application-passwords\/introspect$/, readPassword],
  ['DELETE', /^\/wp\/v2\/users\/me\/application-passwords\/([\w-]+)$/, deletePassword],
  ['POST', /^\/wp\/v2\/media$/, addMedia],
  ['POST', /^\/wp\/v2\/media\/(\d+)$/, describeMedia],
  ['GET', /^\/wp\/v2\/posts$/, listPosts],
  ['POST', /^\/wp\/v2\/posts$/, addPost],
  ['DELETE', /^\/wp\/v2\/posts\/(\d+)$/, trashPost],
  ['GET', /^\/wp\/v2\/comments$/, listComments],
]

async function answer(world: World, request: FastifyRequest, reply: FastifyReply) {
  for (const [method, pattern, handler] of handlers) {
    const match = method === request.method ? pattern.exec(routeOf(request)) : null
    if (match) return reply.send(chosen(request, await handler(world, request, reply, match[1] ?? '')))
  }
  throw new Refused(noRoute)
}

/** `_fields=id,link` leaves the rest out. */
function chosen(request: FastifyRequest, value: unknown): unknown {
  const names = (request.query as { _fields?: string })._fields?.split(',')
  if (!names) return value
  const pick = (one: object) =>
    Object.fromEntries(Object.entries(one).filter(([name]) => names.includes(name)))
  return Array.isArray(value) ? value.map(pick) : pick(value as object)
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { send } from '../answer.ts'
import {
  graphParams,
  graphPerson,
  graphRefusals,
  insight,
  missing,
  personNumber,
  pickFields,
  refuseGraph,
  renewTokens,
} from '../graph-api.ts'
import { statusOf } from '../graph-containers.ts'
import { grown } from '../growth.ts'
import type { OAuth } from '../oauth.ts'
import type { Simulator, World } from '../simulator.ts'
import { makeContainer } from './make-container.ts'
import {
  containers,
  countsOf,
  feedOf,
  filesOf,
  longTokenMs,
  oauthRules,
  type Post,
  permalink,
  postsOf,
} from './posts.ts'

/**
 * Threads, API v1.0, as far as publishing needs it: read in the official Postman collection (fbsamples/threads_api) and
 * docs/threads, 2026-11-22.
 */
export const threads: Simulator = {
  id: 'threads',
  name: 'Threads',
  color: '#101010',
  bodyBytesMax: 1_000_000,

  async routes(app, world) {
    const oauth = world.oauth(oauthRules)
    oauth.authorizeRoute(app, '/web/oauth/authorize')
    app.get('/web/@:handle/post/:id', (request, reply) => {
      const { id } = request.params as { id: string }
      return send(reply, world.postPage(feedOf(world).find((post) => post.id === id)))
    })
    tokenRoutes(app, world, oauth)
    await app.register(async (scope) => publishRoutes(scope, world, oauth), { prefix: '/v1.0' })
    await app.register(async (scope) => readRoutes(scope, world, oauth), { prefix: '/v1.0' })
  },

  feed: feedOf,

  refusals: graphRefusals(oauthRules, {
    code: 100,
    subcode: 4_279_043,
    message: 'Invalid parameter',
    userMessage: 'This content goes against our community guidelines.',
  }),

  controls: {
    /** `{token}`: the person removes the app in their settings. */
    revoke: (world, { token }) => ({ revoked: world.oauth(oauthRules).revoke(String(token)) }),
    /** `{postId}` */
    like(world, { postId }) {
      const post = postsOf(world).get(String(postId))
      if (!post) throw missing(String(postId))
      postsOf(world).put(post.id, { ...post, likes: post.likes + 1 })
      return { likes: post.likes + 1 }
    },
    /** `{used}`: so many posts count as published in the last day. */
    setQuota: (world, { used }) => ({ used: world.table<number>('quota').put('used', Number(used)) }),
  },
}

const as = (operation: string) => ({ config: { simulated: { operation } } })

function tokenRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  app.post('/oauth/access_token', as('oauth.access_token'), (request) => {
    const params = graphParams(request)
    const redeemed = oauth.redeem({
      code: params.code,
      clientId: params.client_id,
      redirectUri: params.redirect_uri,
    })
    if (redeemed.outcome === 'refused')
      throw refuseGraph({
        code: 100,
        subcode: 36_007,
        message: `Error validating verification code: ${redeemed.why}`,
      })
    return {
      access_token: redeemed.tokens.accessToken,
      user_id: personNumber(world, redeemed.tokens.grant.person),
    }
  })
  renewTokens(app, oauth, longTokenMs)
}

function publishRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  app.post('/me/threads', as('threads.create'), (request) =>
    makeContainer(world, graphPerson(oauth, request).id, graphParams(request)),
  )

  const asked = (request: FastifyRequest) => containers(world).get(graphParams(request).creation_id ?? '')
  app.post(
    '/me/threads_publish',
    {
      config: {
        simulated: {
          operation: 'threads.publish',
          text: (request: FastifyRequest) => asked(request)?.content.text ?? '',
          account: (request: FastifyRequest) => asked(request)?.owner,
        },
      },
    },
    (request) => {
      const owner = graphPerson(oauth, request)
      const container = asked(request)
      if (container?.owner !== owner.id) throw missing(graphParams(request).creation_id ?? '')
      const status = statusOf(world, container)
      // Publishing a container twice answers what it became; nobody is known to have tried it on the real one.
      if (status === 'PUBLISHED') return { id: container.publishedAs }
      if (status !== 'FINISHED')
        throw refuseGraph({
          code: 24,
          subcode: 4_279_009,
          message: 'The requested resource does not exist',
          userMessage: 'The media with this id cannot be found.',
        })
      const id = String(world.nextNumber('object', 17_900_000_000_001))
      postsOf(world).put(id, {
        id,
        owner,
        content: container.content,
        at: world.now().toISOString(),
        likes: 0,
      })
      containers(world).put(container.id, { ...container, publishedAs: id })
      return { id }
    },
  )

  app.get('/me/threads_publishing_limit', as('threads.limit'), (request) => {
    const owner = graphPerson(oauth, request)
    const since = world.now().getTime() - 86_400_000
    const recent = postsOf(world)
      .all()
      .filter((post) => post.owner.id === owner.id && Date.parse(post.at) > since)
    return {
      data: [
        {
          quota_usage: world.table<number>('quota').get('used') ?? recent.filter(isTop).length,
          config: { quota_total: 250, quota_duration: 86_400 },
          reply_quota_usage: recent.length - recent.filter(isTop).length,
          reply_config: { quota_total: 1000, quota_duration: 86_400 },
        },
      ],
    }
  })
}

const isTop = (post: Post) => post.content.replyTo === null

function readRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  app.get('/me', as('me'), (request) => {
    const person = graphPerson(oauth, request)
    return pickFields(request, {
      id: personNumber(world, person),
      username: person.handle,
      name: person.name,
      threads_profile_picture_url: world.publicUrl(`/web/@${person.handle}/picture.jpg`),
      threads_biography: 'Lives in the sandbox.',
    })
  })
  app.get('/me/threads_insights', as('me.insights'), (request) => {
    const person = graphPerson(oauth, request)
    return {
      data: (graphParams(request).metric ?? '').split(',').map((name) => ({
        name,
        period: 'day',
        title: name,
        total_value: { value: grown(`${person.id}:${name}`, 30 * 86_400_000, 400) },
        id: `${person.id}/insights/${name}/day`,
      })),
    }
  })
  const listOf = (request: FastifyRequest, wanted: (post: Post) => boolean) => {
    const person = graphPerson(oauth, request)
    return {
      data: postsOf(world)
        .all()
        .filter((post) => post.owner.id === person.id && wanted(post))
        .toReversed()
        .slice(0, Math.min(Number(graphParams(request).limit) || 25, 100))
        .map((post) => presentPost(world, request, post)),
    }
  }
  app.get('/me/threads', as('threads.list'), (request) => listOf(request, isTop))
  app.get('/me/replies', as('replies.list'), (request) => listOf(request, (post) => !isTop(post)))

  const ownPost = (request: FastifyRequest): Post => {
    const person = graphPerson(oauth, request)
    const { id } = request.params as { id: string }
    const post = postsOf(world).get(id)
    if (post?.owner.id !== person.id) throw missing(id)
    return post
  }
  app.get('/:id/insights', as('threads.insights'), (request) => {
    const post = ownPost(request)
    const counts: Record<string, number> = countsOf(world, post)
    const asked = (graphParams(request).metric ?? '').split(',')
    const strange = asked.find((name) => !(name in counts))
    if (strange !== undefined)
      throw refuseGraph({
        code: 100,
        message: `(#100) metric[0] must be one of: ${Object.keys(counts).join(', ')}`,
      })
    return { data: asked.map((name) => insight(post.id, name, counts[name] ?? 0)) }
  })
  app.get('/:id', as('object.get'), (request) => {
    const { id } = request.params as { id: string }
    const container = containers(world).get(id)
    if (!container) return presentPost(world, request, ownPost(request))
    if (container.owner !== graphPerson(oauth, request).id) throw missing(id)
    return pickFields(request, {
      id,
      status: statusOf(world, container),
      error_message: statusOf(world, container) === 'ERROR' ? container.error : undefined,
    })
  })
  app.delete('/:id', as('threads.delete'), (request) => {
    const post = ownPost(request)
    postsOf(world).delete(post.id)
    return { success: true, deleted_id: post.id }
  })
}

function presentPost(world: World, request: FastifyRequest, post: Post) {
  const [file] = filesOf(world, post.content)
  return pickFields(request, {
    id: post.id,
    media_product_type: 'THREADS',
    media_type: { TEXT: 'TEXT_POST', IMAGE: 'IMAGE', VIDEO: 'VIDEO', CAROUSEL: 'CAROUSEL_ALBUM' }[
      post.content.mediaType
    ],
    media_url: file && world.media.url(file.fileId),
    permalink: permalink(world, post),
    username: post.owner.handle,
    text: post.content.text || undefined,
    // The Graph API writes the offset without a colon.
    timestamp: post.at.replace(/\.\d+Z$/, '+0000'),
    shortcode: post.id,
    is_quote_post: post.content.quotes !== null,
    alt_text: post.content.altText ?? undefined,
  })
}

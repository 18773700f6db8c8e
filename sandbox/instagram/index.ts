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
import type { Person } from '../people.ts'
import type { Simulator, World } from '../simulator.ts'
import { makeContainer } from './make-container.ts'
import {
  commentsOf,
  containers,
  countsOf,
  feedOf,
  filesOf,
  isOver,
  longTokenMs,
  oauthRules,
  type Post,
  permalink,
  postsOf,
} from './posts.ts'

/**
 * Instagram's API with Instagram Login, as far as publishing needs it: docs/instagram-platform (2026) and the parameter
 * lists of facebook-business-sdk-codegen (IGUser, IGMedia).
 */
export const instagram: Simulator = {
  id: 'instagram',
  name: 'Instagram',
  color: '#d62976',
  bodyBytesMax: 1_000_000,

  async routes(app, world) {
    const oauth = world.oauth(oauthRules)
    oauth.authorizeRoute(app, '/web/oauth/authorize')
    app.get('/web/p/:id/', (request, reply) => {
      const { id } = request.params as { id: string }
      return send(reply, world.postPage(feedOf(world).find((post) => post.id === id)))
    })
    app.post('/oauth/oauth/access_token', as('oauth.access_token'), (request) => {
      const params = graphParams(request)
      const redeemed = oauth.redeem({
        code: params.code,
        clientId: params.client_id,
        redirectUri: params.redirect_uri,
      })
      // This one call has an error shape of its own.
      if (redeemed.outcome === 'refused')
        throw refuseGraph({ code: 400, message: `Invalid authorization code: ${redeemed.why}` })
      const { accessToken, grant } = redeemed.tokens
      return {
        access_token: accessToken,
        user_id: Number(personNumber(world, grant.person)),
        permissions: grant.scopes,
      }
    })
    renewTokens(app, oauth, longTokenMs)
    await app.register(async (scope) => publishRoutes(scope, world, oauth), { prefix: '/:version' })
    await app.register(async (scope) => readRoutes(scope, world, oauth), { prefix: '/:version' })
  },

  feed: feedOf,

  refusals: graphRefusals(oauthRules, {
    code: 100,
    subcode: 2_207_081,
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
    /** `{type}`: everybody's account is of this type from now on. */
    setAccountType: (world, { type }) => ({
      type: world.table<string>('settings').put('accountType', String(type)),
    }),
  },
}

const as = (operation: string) => ({ config: { simulated: { operation } } })

/** The account in the path must be the token's own. */
function ownAccount(world: World, oauth: OAuth, request: FastifyRequest): Person {
  const person = graphPerson(oauth, request)
  const { account } = request.params as { account: string }
  if (account !== 'me' && account !== personNumber(world, person)) throw missing(account)
  return person
}

function publishRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  app.post('/:account/media', as('media.create'), (request) =>
    makeContainer(world, ownAccount(world, oauth, request).id, graphParams(request)),
  )

  const asked = (request: FastifyRequest) => containers(world).get(graphParams(request).creation_id ?? '')
  app.post(
    '/:account/media_publish',
    {
      config: {
        simulated: {
          operation: 'media.publish',
          text: (request: FastifyRequest) => asked(request)?.content.caption ?? '',
          account: (request: FastifyRequest) => asked(request)?.owner,
        },
      },
    },
    (request) => {
      const owner = ownAccount(world, oauth, request)
      const container = asked(request)
      if (container?.owner !== owner.id)
        throw refuseGraph({ code: 24, subcode: 2_207_006, message: 'The media cannot be found' })
      const status = statusOf(world, container)
      if (status === 'PUBLISHED') return { id: container.publishedAs }
      if (status === 'IN_PROGRESS')
        throw refuseGraph({ code: 9007, subcode: 2_207_027, message: 'Media ID is not available' })
      if (status !== 'FINISHED')
        throw refuseGraph({ code: -2, subcode: 2_207_020, message: 'The media has expired' })
      const id = String(world.nextNumber('object', 17_900_000_000_001))
      const at = world.now().toISOString()
      postsOf(world).put(id, { id, owner, content: container.content, at, likes: 0 })
      containers(world).put(container.id, { ...container, publishedAs: id })
      return { id }
    },
  )

  app.get('/:account/content_publishing_limit', as('publishing_limit'), (request) => {
    const owner = ownAccount(world, oauth, request)
    const since = world.now().getTime() - 86_400_000
    const recent = postsOf(world)
      .all()
      .filter((post) => post.owner.id === owner.id && Date.parse(post.at) > since).length
    return {
      data: [
        {
          quota_usage: world.table<number>('quota').get('used') ?? recent,
          config: { quota_total: 100, quota_duration: 86_400 },
        },
      ],
    }
  })

  app.post(
    '/:id/comments',
    {
      config: {
        simulated: {
          operation: 'comments.create',
          text: (request: FastifyRequest) => graphParams(request).message ?? '',
          account: (request: FastifyRequest) => (request.params as { id: string }).id,
        },
      },
    },
    (request) => {
      const by = graphPerson(oauth, request)
      const post = postOf(world, request)
      const { message } = graphParams(request)
      if (!message) throw refuseGraph({ code: 100, message: '(#100) The parameter message is required' })
      const id = String(world.nextNumber('object', 17_900_000_000_001))
      commentsOf(world).put(id, { id, postId: post.id, text: message, by, at: world.now().toISOString() })
      return { id }
    },
  )
}

function postOf(world: World, request: FastifyRequest): Post {
  const { id } = request.params as { id: string }
  const post = postsOf(world).get(id)
  if (!post || isOver(world, post)) throw missing(id)
  return post
}

function readRoutes(app: FastifyInstance, world: World, oauth: OAuth) {
  app.get('/me', as('me'), (request) => {
    const person = graphPerson(oauth, request)
    return pickFields(request, {
      // The app's own name for the account; publishing wants the other one.
      id: `9${personNumber(world, person)}`,
      user_id: personNumber(world, person),
      username: person.handle,
      name: person.name,
      account_type: world.table<string>('settings').get('accountType') ?? 'BUSINESS',
      profile_picture_url: world.publicUrl(`/web/${person.handle}/picture.jpg`),
      followers_count: grown(`${person.id}:followers`, 90 * 86_400_000, 2000),
      follows_count: 120,
      media_count: postsOf(world)
        .all()
        .filter((post) => post.owner.id === person.id).length,
    })
  })

  const listOf = (request: FastifyRequest, isStory: boolean) => {
    const person = ownAccount(world, oauth, request)
    return {
      data: postsOf(world)
        .all()
        .filter((post) => post.owner.id === person.id && !isOver(world, post))
        .filter((post) => (post.content.mediaType === 'STORIES') === isStory)
        .toReversed()
        .slice(0, Math.min(Number(graphParams(request).limit) || 25, 100))
        .map((post) => presentPost(world, request, post)),
    }
  }
  app.get('/:account/media', as('media.list'), (request) => listOf(request, false))
  app.get('/:account/stories', as('stories.list'), (request) => listOf(request, true))

  app.get('/:id/comments', as('comments.list'), (request) => {
    graphPerson(oauth, request)
    const post = postOf(world, request)
    return {
      data: commentsOf(world)
        .all()
        .filter(({ postId }) => postId === post.id)
        .toReversed()
        .slice(0, 50)
        .map(({ id, text, at }) => pickFields(request, { id, text, timestamp: graphTime(at) })),
    }
  })
  app.get('/:id/insights', as('media.insights'), (request) => {
    graphPerson(oauth, request)
    const post = postOf(world, request)
    const counts: Record<string, number> = countsOf(world, post)
    const asked = (graphParams(request).metric ?? '').split(',')
    const strange = asked.find((name) => !(name in counts))
    if (strange !== undefined)
      throw refuseGraph({ code: 100, message: `(#100) ${strange} is no metric of this media` })
    return { data: asked.map((name) => insight(post.id, name, counts[name] ?? 0)) }
  })
  app.get('/:id', as('object.get'), (request) => {
    const person = graphPerson(oauth, request)
    const { id } = request.params as { id: string }
    const container = containers(world).get(id)
    if (!container) return presentPost(world, request, postOf(world, request))
    if (container.owner !== person.id) throw missing(id)
    const status = statusOf(world, container)
    return pickFields(request, {
      id,
      status_code: status,
      status: status === 'ERROR' ? (container.error ?? 'Error') : `${status}: sandbox`,
    })
  })
}

const graphTime = (at: string) => at.replace(/\.\d+Z$/, '+0000')

function presentPost(world: World, request: FastifyRequest, post: Post) {
  const [file] = filesOf(world, post.content)
  const { mediaType } = post.content
  return pickFields(request, {
    id: post.id,
    caption: post.content.caption || undefined,
    alt_text: post.content.altText ?? undefined,
    media_type: mediaType === 'CAROUSEL' ? 'CAROUSEL_ALBUM' : mediaType === 'IMAGE' ? 'IMAGE' : 'VIDEO',
    media_product_type: { REELS: 'REELS', STORIES: 'STORY' }[mediaType as string] ?? 'FEED',
    media_url: file && world.media.url(file.fileId),
    permalink: permalink(world, post),
    timestamp: graphTime(post.at),
    username: post.owner.handle,
    like_count: post.likes,
  })
}

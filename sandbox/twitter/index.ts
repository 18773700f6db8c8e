import type { FastifyRequest } from 'fastify'
import { bearer } from '../oauth.ts'
import type { FeedPost, Simulator, World } from '../simulator.ts'
import { createCallers } from './callers.ts'
import { mediaRoutes } from './media-routes.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { countsOf, postRoutes } from './post-routes.ts'
import { forbidden, problem, serverError, tooMany, unauthorized } from './refusals.ts'
import { oauthRules, tables } from './state.ts'

const receivedAt = new WeakMap<FastifyRequest, Date>()

/** X's API, version 2, as its documents and its description (openapi.json 2.167, 22 August 2026) have it. */
export const twitter: Simulator = {
  id: 'twitter',
  name: 'X',
  color: '#0f1419',
  // The largest image and the form around it; larger files come in pieces.
  bodyBytesMax: 16_000_000,

  routes(app, world) {
    app.addHook('onRequest', async (request, reply) => {
      receivedAt.set(request, world.now())
      reply.header('date', world.now().toUTCString())
    })
    const callers = createCallers(world)
    oauthRoutes(app, world)
    mediaRoutes(app, world, callers)
    postRoutes(app, world, callers, () => feedOf(world))
  },

  feed: feedOf,

  refusals: {
    rejected: () => forbidden('This post was refused by the sandbox.').answer,
    rateLimited: (request, ms) => tooMany(new Date((receivedAt.get(request)?.getTime() ?? 0) + ms), 100),
    expired(request, world) {
      world.oauth(oauthRules).expire(bearer(request))
      return unauthorized
    },
    serverError: () => serverError,
    notFound: () => problem(404, 'about:blank', 'Not Found', 'Not Found'),
    badRequest: (_request, why) => problem(400, 'invalid-request', 'Invalid Request', why),
  },

  controls: {
    /** `{postId}`: somebody likes the post. */
    like(world, { postId }) {
      const { likes } = tables(world)
      const id = String(postId)
      return { likes: likes.put(id, (likes.get(id) ?? 0) + 1) }
    },
    /** `{postId}`: somebody deleted a post on the network itself. */
    deletePost: (world, { postId }) => ({ deleted: tables(world).posts.delete(String(postId)) }),
    /** `{limit}`: how many posts all users of the app may make in 24 hours. */
    appPostsPerDay(world, { limit }) {
      if (typeof limit !== 'number' || limit < 0) throw new Error('limit must be a number of posts')
      tables(world).settings.put('appPostsPerDay', limit)
      return { limit }
    },
    /** `{token}`: the person took the app's access away. */
    revoke: (world, { token }) => ({ revoked: world.oauth(oauthRules).revoke(String(token)) }),
  },
}

function feedOf(world: World): FeedPost[] {
  const { posts, uploads } = tables(world)
  return posts.all().map((post): FeedPost => {
    const counts = countsOf(world, post)
    return {
      id: post.id,
      author: { name: post.author.name, handle: `@${post.author.handle}` },
      text: post.text,
      at: post.at,
      url: world.publicUrl(`/web/${post.author.handle}/status/${post.id}`),
      media: post.mediaIds.flatMap((id) => {
        const upload = uploads.get(id)
        const file = upload?.fileId ? world.media.get(upload.fileId) : undefined
        if (!upload) return []
        const { mimeType, altText } = upload
        return [
          {
            kind: mimeType.startsWith('video/') ? 'video' : 'image',
            url: file ? world.media.url(file.id) : null,
            mimeType,
            altText,
          },
        ]
      }),
      replyTo: post.replyTo,
      counts: { likes: counts.like_count, reposts: counts.repost_count, views: counts.impression_count },
      notes: [
        ...(post.poll ? [`poll: ${post.poll.options.join(' / ')}`] : []),
        ...(post.replySettings ? [`answers: ${post.replySettings}`] : []),
      ],
    }
  })
}

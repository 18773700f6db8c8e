import { send } from '../answer.ts'
import { bearer } from '../oauth.ts'
import type { FeedPost, Simulator, World } from '../simulator.ts'
import { createCallers } from './caller.ts'
import { commentRoutes } from './comment-routes.ts'
import { createEntities } from './entities.ts'
import { answers, error, tooManyRequests } from './errors.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { oauthRules, tables } from './state.ts'
import { uploadRoutes } from './upload-routes.ts'
import { videoRoutes } from './video-routes.ts'

/** YouTube's Data API v3 as far as publishing goes, after its discovery document and guides. */
export const youtube: Simulator = {
  id: 'youtube',
  name: 'YouTube',
  color: '#ff0033',
  bodyBytesMax: 110_000_000,

  routes(app, world) {
    const callers = createCallers(world)
    const entities = createEntities(world)
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('date', world.now().toUTCString())
    })
    oauthRoutes(app, world)
    videoRoutes(app, world, callers, entities)
    uploadRoutes(app, world, callers, entities)
    commentRoutes(app, world, callers, entities)
    app.get<{ Params: { id: string } }>('/watch/:id', (request, reply) =>
      send(reply, world.postPage(feedOf(world).find(({ id }) => id === request.params.id))),
    )
  },

  feed: feedOf,

  refusals: {
    rejected: () => error(400, 'invalidVideoMetadata', 'The request metadata is invalid.', 'youtube.video'),
    rateLimited: (_request, ms) => tooManyRequests(ms),
    expired(request, world) {
      world.oauth(oauthRules).expire(bearer(request))
      return answers.authError
    },
    serverError: () => answers.serverError,
    notFound: () => answers.notFound,
    badRequest: (_request, why) => error(400, 'badRequest', why, 'global'),
  },

  controls: {
    /** `{factor}`: the quotas of a day times this. */
    quota(world, { factor }) {
      if (typeof factor !== 'number' || !(factor >= 0 && factor <= 100_000))
        return { error: 'factor must be a number, 0 or more' }
      tables(world).settings.put('quotaFactor', factor)
      return { factor }
    },
    /** `{on}`: whether the app is one that Google has not audited. */
    unaudited(world, { on }) {
      tables(world).settings.put('unaudited', on === true ? 1 : 0)
      return { on: on === true }
    },
    /** `{videoId}`: somebody likes it. */
    like(world, { videoId }) {
      const id = String(videoId)
      tables(world).likes.put(`${id}:${world.randomHex(4)}`, id)
      return {}
    },
    /** `{uploadSessions: true}`: the server forgets every unfinished upload. */
    forget(world) {
      const { sessions } = tables(world)
      for (const { id } of sessions.all()) sessions.delete(id)
      return {}
    },
    /** `{token}`: its person takes the app's access away. */
    revoke: (world, { token }) => ({ revoked: world.oauth(oauthRules).revoke(String(token)) }),
    /** `{token}`: it runs out now. */
    expire(world, { token }) {
      world.oauth(oauthRules).expire(String(token))
      return {}
    },
  },
}

/** What anybody finds: videos that are not private, and their comments as answers. */
function feedOf(world: World): FeedPost[] {
  const { videos, comments } = tables(world)
  const entities = createEntities(world)
  const shown = videos.all().filter(({ status }) => status.privacyStatus !== 'private')
  const posts = shown.map((video): FeedPost => {
    const file = world.media.get(video.fileId)
    return {
      id: video.id,
      author: { name: video.owner.name, handle: `@${video.owner.handle}` },
      title: video.snippet.title,
      text: video.snippet.description,
      at: video.publishedAt,
      url: entities.permalink(video.id),
      media: [
        {
          kind: 'video',
          url: file ? world.media.url(video.fileId) : null,
          mimeType: file?.mimeType ?? 'video/mp4',
          altText: null,
        },
      ],
      counts: entities.countsOf(video),
      notes: [
        ...(video.status.privacyStatus === 'unlisted' ? ['unlisted'] : []),
        ...(entities.uploadStatus(video).uploadStatus === 'processed'
          ? []
          : [String(entities.uploadStatus(video).uploadStatus)]),
      ],
    }
  })
  const answered = comments
    .all()
    .filter(({ videoId }) => shown.some(({ id }) => id === videoId))
    .map(
      (comment): FeedPost => ({
        id: comment.id,
        author: { name: comment.author.name, handle: `@${comment.author.handle}` },
        text: comment.text,
        at: comment.at,
        url: null,
        replyTo: comment.videoId,
      }),
    )
  return [...posts, ...answered]
}

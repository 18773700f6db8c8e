import type { FastifyRequest } from 'fastify'
import { send } from '../answer.ts'
import { bearer } from '../oauth.ts'
import type { FeedPost, Simulator, World } from '../simulator.ts'
import { accountRoutes } from './account-routes.ts'
import { createCallers } from './caller.ts'
import { createEntities } from './entities.ts'
import { answers, tooManyRequests } from './errors.ts'
import { instanceRoutes } from './instance-routes.ts'
import { mediaRoutes } from './media-routes.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { oauthRules, type Status, tables } from './state.ts'
import { statusRoutes } from './status-routes.ts'

const receivedAt = new WeakMap<FastifyRequest, Date>()

/**
 * A Mastodon server, version 4.4, of which the sandbox is the only user: one instance, whatever server an account
 * names. What it takes, refuses and answers was read in mastodon/documentation (2 July 2026) and mastodon/mastodon.
 */
export const mastodon: Simulator = {
  id: 'mastodon',
  name: 'Mastodon',
  color: '#6364ff',
  // 99 MB of video and the rest of the form.
  bodyBytesMax: 110_000_000,

  async routes(app, world) {
    // The server's clock is the sandbox's, in its headers too.
    app.addHook('onRequest', async (request, reply) => {
      receivedAt.set(request, world.now())
      reply.header('date', world.now().toUTCString())
    })
    const callers = createCallers(world)
    const entities = createEntities(world)
    await oauthRoutes(app, world)
    instanceRoutes(app, world)
    accountRoutes(app, world, callers, entities)
    mediaRoutes(app, world, callers, entities)
    statusRoutes(app, world, callers, entities)
    app.get<{ Params: { handle: string; id: string } }>('/@:handle/:id', (request, reply) =>
      send(reply, world.postPage(feedOf(world).find(({ id }) => id === request.params.id))),
    )
  },

  feed: feedOf,

  refusals: {
    rejected: () => ({ status: 422, body: { error: 'Validation failed: Text contains a disallowed word' } }),
    rateLimited: (request, ms) =>
      tooManyRequests(new Date((receivedAt.get(request)?.getTime() ?? 0) + ms), 300),
    expired(request, world) {
      world.oauth(oauthRules).expire(bearer(request))
      return answers.tokenInvalid
    },
    serverError: () => answers.serverError,
    notFound: () => answers.notFound,
    badRequest: (_request, why) => ({ status: 400, body: { error: why } }),
  },

  controls: {
    /** `{factor}`: real limits times this; 1 again after a reset. */
    rateLimits(world, { factor }) {
      if (typeof factor !== 'number' || !(factor > 0 && factor <= 10_000))
        return { error: 'factor must be a number above 0' }
      tables(world).settings.put('rateFactor', factor)
      return { factor }
    },
    /** `{statusId}`: somebody deleted a post on the network itself. */
    deleteStatus: (world, { statusId }) => ({ deleted: tables(world).statuses.delete(String(statusId)) }),
  },
}

function feedOf(world: World): FeedPost[] {
  const { statuses, attachments } = tables(world)
  const entities = createEntities(world)
  return statuses.all().map((status): FeedPost => {
    const counts = entities.countsOf(status)
    return {
      id: status.id,
      author: { name: status.author.name, handle: `@${status.author.handle}` },
      text: status.text,
      at: status.at,
      url: entities.permalink(status),
      media: status.mediaIds.flatMap((id) => {
        const one = attachments.get(id)
        const file = one && world.media.get(one.fileId)
        if (!one) return []
        return [
          {
            kind: one.type === 'video' || one.type === 'audio' ? 'video' : 'image',
            url: file ? world.media.url(one.fileId) : null,
            mimeType: file?.mimeType ?? '',
            filename: file?.filename ?? null,
            altText: one.description,
          },
        ]
      }),
      replyTo: status.replyTo,
      counts: {
        favourites: counts.favourites_count,
        boosts: counts.reblogs_count,
        quotes: counts.quotes_count,
      },
      notes: notesOf(status),
    }
  })
}

const notesOf = (status: Status) => [
  ...(status.visibility === 'public' ? [] : [status.visibility]),
  ...(status.spoilerText ? [`content warning: ${status.spoilerText}`] : []),
  ...(status.sensitive && !status.spoilerText ? ['sensitive'] : []),
  ...(status.poll ? [`poll: ${status.poll.options.join(' / ')}`] : []),
]

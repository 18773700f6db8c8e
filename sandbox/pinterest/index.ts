import { send } from '../answer.ts'
import { bearer } from '../oauth.ts'
import type { FeedPost, Simulator, World } from '../simulator.ts'
import { boardRoutes } from './board-routes.ts'
import { createCallers } from './caller.ts'
import { createEntities } from './entities.ts'
import { answers, tooManyRequests } from './errors.ts'
import { mediaRoutes } from './media-routes.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { pinRoutes } from './pin-routes.ts'
import { oauthRules, tables } from './state.ts'

/** Pinterest's API v5 as its official description 5.23.0 has it. */
export const pinterest: Simulator = {
  id: 'pinterest',
  name: 'Pinterest',
  color: '#e60023',
  // Five images of 20 MB in base64, or a video.
  bodyBytesMax: 200_000_000,

  routes(app, world) {
    const callers = createCallers(world)
    const entities = createEntities(world)
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('date', world.now().toUTCString())
    })
    oauthRoutes(app, world)
    boardRoutes(app, world, callers, entities)
    mediaRoutes(app, world, callers, entities)
    pinRoutes(app, world, callers, entities)
    app.get<{ Params: { id: string } }>('/web/pin/:id/', (request, reply) =>
      send(reply, world.postPage(feedOf(world).find(({ id }) => id === request.params.id))),
    )
  },

  feed: feedOf,

  refusals: {
    rejected: () => ({
      status: 400,
      body: { code: 9, message: 'Sorry! We blocked this link because it may lead to spam.' },
    }),
    rateLimited: (_request, ms) => tooManyRequests(ms),
    expired(request, world) {
      world.oauth(oauthRules).expire(bearer(request))
      return answers.authenticationFailed
    },
    serverError: () => answers.serverError,
    notFound: () => answers.notFound,
    badRequest: (_request, why) => ({ status: 400, body: { code: 1, message: why } }),
  },

  controls: {
    /** `{factor}`: the limits per minute times this. */
    rateLimits(world, { factor }) {
      if (typeof factor !== 'number' || !(factor > 0 && factor <= 10_000))
        return { error: 'factor must be a number above 0' }
      tables(world).settings.put('rateFactor', factor)
      return { factor }
    },
    /** `{pinId}`: somebody reacts to it. */
    react(world, { pinId }) {
      const id = String(pinId)
      tables(world).reactions.put(`${id}:${world.randomHex(4)}`, id)
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

function feedOf(world: World): FeedPost[] {
  const { pins, boards } = tables(world)
  const entities = createEntities(world)
  return pins.all().map((pin): FeedPost => {
    const { impression, reaction, save } = entities.countsOf(pin)
    return {
      id: pin.id,
      author: { name: pin.author.name, handle: `@${pin.author.handle}` },
      title: pin.title,
      text: pin.description ?? '',
      at: pin.at,
      url: entities.permalink(pin.id),
      place: boards.get(pin.boardId)?.name ?? null,
      link: pin.link === null ? null : { url: pin.link, title: null },
      media: pin.fileIds.map((id, index) => ({
        kind: pin.mediaType === 'video' ? 'video' : 'image',
        url: world.media.get(id) ? world.media.url(id) : null,
        mimeType: world.media.get(id)?.mimeType ?? '',
        altText: index === 0 ? pin.altText : null,
      })),
      counts: { impressions: impression, reactions: reaction, saves: save },
    }
  })
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AccessRules, maySeeFeed } from './access.ts'
import { send } from './answer.ts'
import { closedFeedPage, type FeedEntry, type FeedNetwork, feedPage } from './feed-page.ts'
import type { Simulator, World } from './simulator.ts'

interface Network {
  simulator: Simulator
  world: World
}

interface FeedContext {
  networks: Network[]
  access: AccessRules
  base: string
  now(): Date
}

/** The feed for people (`/sandbox`, `/sandbox/<network>/feed`), for tests (`feed.json`), and its files. */
export function feedRoutes(app: FastifyInstance, { networks, access, base, now }: FeedContext) {
  const shown = () => networks.map(asFeedNetwork)

  function entriesOf(only: string | undefined): FeedEntry[] {
    return networks
      .filter(({ simulator }) => only === undefined || simulator.id === only)
      .flatMap((network) => {
        const feedNetwork = asFeedNetwork(network)
        return network.simulator.feed(network.world).map((post) => ({ network: feedNetwork, post }))
      })
      .reverse() // posts of one instant: the later one first
      .sort((a, b) => (a.post.at < b.post.at ? 1 : a.post.at > b.post.at ? -1 : 0))
  }

  app.addHook('preHandler', async (request, reply) => {
    if (await maySeeFeed(request, access)) return
    return send(reply, closedFeedPage())
  })

  async function showFeed(request: FastifyRequest, reply: FastifyReply, only: string | undefined) {
    const skip = Math.max(0, Number((request.query as { skip?: string }).skip) || 0)
    const entries = entriesOf(only)
    const path = only === undefined ? base : `${base}/${only}/feed`
    return send(
      reply,
      feedPage({
        base,
        networks: shown(),
        current: shown().find(({ id }) => id === only) ?? null,
        entries: entries.slice(skip, skip + pagePostsMax),
        now: now(),
        older: entries.length > skip + pagePostsMax ? `${path}?skip=${skip + pagePostsMax}` : null,
      }),
    )
  }

  app.get('/', (request, reply) => showFeed(request, reply, undefined))
  for (const { simulator } of networks)
    app.get(`/${simulator.id}/feed`, (request, reply) => showFeed(request, reply, simulator.id))

  app.get('/feed.json', async (request) => {
    const { network, limit } = request.query as { network?: string; limit?: string }
    const max = Math.min(Number(limit) || 100, jsonPostsMax)
    const data = entriesOf(network).slice(0, max)
    return { data: data.map(({ network: { id }, post }) => ({ network: id, ...post })) }
  })

  app.get('/_media/:network/:file', async (request, reply) => {
    const { network, file } = request.params as { network: string; file: string }
    const found = networks.find(({ simulator }) => simulator.id === network)?.world.media
    const facts = found?.get(file)
    const bytes = await found?.read(file)
    if (!facts || !bytes) return reply.code(404).send({ error: 'This file is gone' })
    const isSafe = safeToShow.has(facts.mimeType)
    return reply
      .header('content-type', isSafe ? facts.mimeType : 'application/octet-stream')
      .header('content-disposition', isSafe ? 'inline' : 'attachment')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, max-age=3600')
      .send(bytes)
  })
}

const pagePostsMax = 50
const jsonPostsMax = 500

/** Uploaded by anyone and served from our own origin: nothing that could run there. */
const safeToShow = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/quicktime',
])

export function asFeedNetwork({ simulator, world }: Network): FeedNetwork {
  const { id, name, color } = simulator
  return { id, name, color, posts: simulator.feed(world).length }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Answer, Refused, send } from '../answer.ts'
import type { RateLimit } from '../rate-limit.ts'
import type { Simulator, World } from '../simulator.ts'
import {
  botOf,
  type Channel,
  channelOf,
  presentAuthor,
  presentChannel,
  presentGuild,
  presentWebhook,
  type Webhook,
  webhookOf,
} from './channels.ts'
import {
  addMessage,
  feedOf,
  formOf,
  type Message,
  messagesOf,
  nextSnowflake,
  presentMessage,
} from './messages.ts'
import { discordError, rateLimited, refuse } from './refusals.ts'

/** Discord's webhooks and bots, API v10, as far as publishing needs them. Any webhook, bot token and channel exists. */
export const discord: Simulator = {
  id: 'discord',
  name: 'Discord',
  color: '#5865f2',
  // "The maximum request size when sending a message is 25 MiB" (docs.discord.com, Create Message)
  bodyBytesMax: 25 * 2 ** 20,

  async routes(app, world) {
    // Client libraries add the version themselves; the adapter's address has it already.
    await app.register(async (scope) => apiRoutes(scope, world))
    await app.register(async (scope) => apiRoutes(scope, world), { prefix: '/v10' })
    app.get('/web/channels/:guild/:channel/:message', (request, reply) => {
      const { message } = request.params as { message: string }
      return send(reply, world.postPage(feedOf(world).find(({ id }) => id === message)))
    })
  },

  feed: feedOf,

  refusals: {
    rejected: () => discordError(400, 240_000, 'Message blocked by harmful links filter'),
    rateLimited: (_request, retryAfterMs) => rateLimited(retryAfterMs),
    expired: (request) =>
      request.url.includes('/webhooks/')
        ? discordError(401, 50_027, 'Invalid Webhook Token')
        : discordError(401, 0, '401: Unauthorized'),
    serverError: () => discordError(500, 0, '500: Internal Server Error'),
    notFound: () => discordError(404, 0, '404: Not Found'),
    badRequest: (_request, why): Answer =>
      /too large/i.test(why)
        ? discordError(413, 40_005, 'Request entity too large')
        : discordError(400, 50_035, `Invalid Form Body: ${why}`),
  },

  controls: {
    /** `{id, kind?, name?, readableByBots?}`: a channel becomes a text, announcement or forum channel. */
    setChannel(world, input) {
      const { id, ...changes } = input as unknown as Channel
      return world.table<Channel>('channels').put(String(id), { ...channelOf(world, String(id)), ...changes })
    },
    /** `{id}` */
    deleteWebhook: (world, input) => void world.table<true>('deleted').put(String(input.id), true),
    /** `{token}` */
    revokeBot: (world, input) => void world.table<true>('revoked').put(String(input.token), true),
    /** `{messageId, emoji?}` */
    react(world, input) {
      const message = messagesOf(world).get(String(input.messageId))
      if (!message) throw refuse(404, 10_008, 'Unknown Message')
      const emoji = String(input.emoji ?? '❤️')
      const reactions = { ...message.reactions, [emoji]: (message.reactions[emoji] ?? 0) + 1 }
      messagesOf(world).put(message.id, { ...message, reactions })
    },
  },
}

/** The real bucket is about 5 in 2 s (headers tell); wider here, so that tests of something else do not meet it. */
const bucketRule = { limit: 200, windowMs: 2_000 }

function apiRoutes(app: FastifyInstance, world: World) {
  const limit = world.rateLimit(bucketRule)
  app.addHook('preHandler', async (request, reply) => countRequest(request, reply, limit, world))

  webhookRoutes(app, world)
  channelRoutes(app, world)

  app.get('/users/@me', as('users.me'), (request) => ({
    ...presentAuthor(botOf(world, request.headers.authorization)),
    mfa_enabled: false,
    locale: 'en-US',
  }))
  app.get('/guilds/:guild/preview', as('guilds.preview'), (request) => {
    botOf(world, request.headers.authorization)
    return presentGuild(param(request, 'guild'))
  })
}

function webhookRoutes(app: FastifyInstance, world: World) {
  const webhook = (request: FastifyRequest) =>
    webhookOf(world, param(request, 'webhook'), param(request, 'token'))

  app.get('/webhooks/:webhook/:token', as('webhooks.get'), (request) => presentWebhook(webhook(request)))

  app.post('/webhooks/:webhook/:token', asMessage('webhooks.execute', 'webhook'), async (request, reply) => {
    const by = webhook(request)
    const query = request.query as { wait?: string; thread_id?: string }
    const where = threadFor(world, by, query.thread_id, formOf(request.body).thread_name)
    const author = { id: by.id, username: by.name, isBot: true }
    const message = await addMessage(world, where, { author, webhookId: by.id }, request.body)
    if (!['true', '1'].includes(query.wait ?? '')) return reply.code(204).send()
    return presentMessage(world, message, { withNonce: true })
  })

  app.get('/webhooks/:webhook/:token/messages/:message', as('webhooks.getMessage'), (request) => {
    const by = webhook(request)
    return presentMessage(world, ownMessage(world, by, request), { withNonce: false })
  })

  app.delete(
    '/webhooks/:webhook/:token/messages/:message',
    as('webhooks.deleteMessage'),
    (request, reply) => {
      const by = webhook(request)
      messagesOf(world).delete(ownMessage(world, by, request).id)
      return reply.code(204).send()
    },
  )
}

function channelRoutes(app: FastifyInstance, world: World) {
  app.get('/channels/:channel', as('channels.get'), (request) => {
    botOf(world, request.headers.authorization)
    return presentChannel(channelOf(world, param(request, 'channel')))
  })

  app.get('/channels/:channel/messages', as('messages.list'), (request) => {
    const bot = botOf(world, request.headers.authorization)
    const channel = channelOf(world, param(request, 'channel'))
    const { limit, after, before } = request.query as { limit?: string; after?: string; before?: string }
    // "If the current user is missing READ_MESSAGE_HISTORY, then no messages will be returned"
    if (!channel.readableByBots) return []
    return messagesOf(world)
      .all()
      .filter(({ id, channelId }) => channelId === channel.id && isWithin(id, after, before))
      .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1))
      .slice(0, Math.min(Number(limit) || 50, 100))
      .map((message) =>
        presentMessage(world, message, {
          withNonce: false,
          withContent: message.author.id === bot.id || message.webhookId !== null,
        }),
      )
  })

  app.post('/channels/:channel/messages', asMessage('messages.create', 'channel'), async (request) => {
    const author = botOf(world, request.headers.authorization)
    const channel = channelOf(world, param(request, 'channel'))
    if (channel.kind === 'forum') throw refuse(400, 50_008, 'Cannot send messages in a non-text channel')
    const message = await addMessage(world, channel, { author, webhookId: null }, request.body)
    return presentMessage(world, message, { withNonce: true })
  })

  const ofChannel = (request: FastifyRequest): Message => {
    botOf(world, request.headers.authorization)
    const message = messagesOf(world).get(param(request, 'message'))
    if (message?.channelId !== channelOf(world, param(request, 'channel')).id)
      throw refuse(404, 10_008, 'Unknown Message')
    return message
  }
  app.get('/channels/:channel/messages/:message', as('messages.get'), (request) =>
    presentMessage(world, ofChannel(request), { withNonce: false }),
  )
  app.delete('/channels/:channel/messages/:message', as('messages.delete'), (request, reply) => {
    messagesOf(world).delete(ofChannel(request).id)
    return reply.code(204).send()
  })
}

/** Forum channels want a thread, other channels want none made. */
function threadFor(
  world: World,
  { channel }: Webhook,
  threadId: string | undefined,
  threadName: string | null | undefined,
): Channel {
  if (channel.kind === 'forum' && !threadId && !threadName)
    throw refuse(400, 220_001, 'Webhooks posted to forum channels must have a thread_name or thread_id')
  if (threadId && threadName)
    throw refuse(
      400,
      220_002,
      'Webhooks posted to forum channels cannot have both a thread_name and thread_id',
    )
  if (threadName && channel.kind !== 'forum')
    throw refuse(400, 220_003, 'Webhooks can only create threads in forum channels')
  const channels = world.table<Channel>('channels')
  if (threadId)
    return (
      channels.get(threadId) ??
      channels.put(threadId, { ...channel, id: threadId, kind: 'text', parentId: channel.id })
    )
  if (!threadName) return channel
  const id = nextSnowflake(world)
  return channels.put(id, { ...channel, id, kind: 'text', name: threadName, parentId: channel.id })
}

function ownMessage(world: World, { id }: Webhook, request: FastifyRequest): Message {
  const message = messagesOf(world).get(param(request, 'message'))
  if (message?.webhookId !== id) throw refuse(404, 10_008, 'Unknown Message')
  return message
}

const isWithin = (id: string, after: string | undefined, before: string | undefined) =>
  (after === undefined || BigInt(id) > BigInt(after)) && (before === undefined || BigInt(id) < BigInt(before))

function countRequest(request: FastifyRequest, reply: FastifyReply, limit: RateLimit, world: World) {
  const { webhook, channel } = request.params as Record<string, string>
  const route = request.routeOptions.url ?? ''
  const taken = limit.take(`${request.method} ${route} ${webhook ?? channel ?? ''}`)
  const resetAfter = Math.max(0, (taken.resetAt.getTime() - world.now().getTime()) / 1000)
  reply.headers({
    'x-ratelimit-limit': String(taken.limit),
    'x-ratelimit-remaining': String(taken.remaining),
    'x-ratelimit-reset': (taken.resetAt.getTime() / 1000).toFixed(3),
    'x-ratelimit-reset-after': resetAfter.toFixed(3),
    'x-ratelimit-bucket': Buffer.from(route).toString('hex').slice(-32).padStart(32, '0'),
  })
  if (!taken.allowed) throw new Refused(rateLimited(taken.retryAfterMs))
}

const as = (operation: string) => ({ config: { simulated: { operation } } })

const asMessage = (operation: string, owner: 'webhook' | 'channel') => ({
  config: {
    simulated: {
      operation,
      text: (request: FastifyRequest) => formOf(request.body).content ?? '',
      account: (request: FastifyRequest) => param(request, owner),
    },
  },
})

const param = (request: FastifyRequest, name: string) =>
  (request.params as Record<string, string>)[name] ?? ''

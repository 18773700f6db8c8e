import type { FastifyRequest } from 'fastify'
import { send } from '../answer.ts'
import type { Simulator, World } from '../simulator.ts'
import { accountBehind } from './accounts.ts'
import { controls } from './controls.ts'
import { type Asked, readDocument } from './documents.ts'
import { feedOf } from './feed.ts'
import { errorsAnswer } from './problems.ts'
import { createRateLimits, tooMany } from './rate-limits.ts'
import { rejected, run } from './run.ts'
import { tables } from './state.ts'

const asked = new WeakMap<FastifyRequest, Asked>()

/** Buffer's GraphQL API, as its schema and documents of November 2026 have it. Not a network itself: it posts to them. */
export const buffer: Simulator = {
  id: 'buffer',
  name: 'Buffer',
  color: '#2c4bff',
  // Text and settings; media are fetched from where they lie.
  bodyBytesMax: 1_000_000,

  routes(app, world) {
    const limits = createRateLimits(world)
    const config = {
      simulated: {
        operation: (request: FastifyRequest) => fieldsOf(request)[0]?.name ?? 'invalid',
        text: (request: FastifyRequest) => textIn(world, request),
        account: (request: FastifyRequest) => channelIn(world, request),
      },
    }
    for (const path of ['/', '/graphql'])
      app.post(path, { config }, async (request, reply) => {
        const account = accountBehind(request)
        limits.take(account.key, reply)
        return send(reply, await run(world, account, askedBy(request)))
      })
    app.get<{ Params: { id: string } }>('/web/:channel/posts/:id', (request, reply) =>
      send(reply, world.postPage(feedOf(world).find(({ id }) => id === request.params.id))),
    )
  },

  feed: feedOf,

  refusals: {
    rejected: (request) => rejected(asked.get(request)),
    rateLimited: (_request, ms) => tooMany(ms),
    // A personal key cannot be renewed, so it lives on and the retry goes through.
    expired: () => errorsAnswer(200, 'UNAUTHORIZED', 'Invalid or expired API key'),
    serverError: () => errorsAnswer(500, 'UNEXPECTED', 'Something went wrong on our end'),
    notFound: () => errorsAnswer(404, 'NOT_FOUND', 'Send a POST to the root'),
    badRequest: (_request, why) => errorsAnswer(400, 'BAD_USER_INPUT', why),
  },

  controls,
}

function askedBy(request: FastifyRequest): Asked {
  const known = asked.get(request) ?? readDocument(request.body)
  asked.set(request, known)
  return known
}

function fieldsOf(request: FastifyRequest) {
  const read = askedBy(request)
  return read.outcome === 'valid' ? read.fields : []
}

const changesOf = (request: FastifyRequest) =>
  fieldsOf(request).filter(({ name }) => name === 'createPost' || name === 'editPost')

/** The words of what would be published, as they will be: an edit without a text keeps the old one. */
function textIn(world: World, request: FastifyRequest): string | null {
  const changes = changesOf(request)
  if (changes.length === 0) return null
  return changes
    .map(({ input }) => input.text ?? tables(world).posts.get(String(input.id))?.text ?? '')
    .join(' ')
}

const channelIn = (world: World, request: FastifyRequest): string =>
  changesOf(request)
    .map(({ input }) => input.channelId ?? tables(world).posts.get(String(input.id))?.channelId ?? '')
    .join(' ')

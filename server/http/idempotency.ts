import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Actor } from '../domain/actor.ts'
import { invalidAt, Refusal } from '../domain/refusal.ts'
import type { Context } from '../operations/context.ts'
import {
  claimKey,
  forget,
  giveUp,
  type KeptAnswer,
  keepAnswer,
  renewEveryMs,
  renewLeases,
  sweepKeys,
} from '../operations/idempotency.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** False: an Idempotency-Key on this POST is ignored. */
    idempotency?: boolean
  }
}

export interface IdempotencyOptions {
  /** Where a thing can be read, to answer again for a request whose answer was lost: `{ post: (id) => '/api/v1/posts/…' }`. */
  addresses: Record<string, (id: string) => string>
}

type Key = { scope: string; key: string }

/** One sweep of expired keys for so many requests that brought one. */
const sweepEvery = 200

/**
 * Lets a client repeat a POST safely: with the header Idempotency-Key the first answer is kept for a day and given
 * again. Works on every POST with a credential, so that "publish now" can be repeated as safely as "create".
 */
export function acceptIdempotencyKeys(own: FastifyInstance, ctx: Context, options: IdempotencyOptions): void {
  const running = new Map<FastifyRequest, Key>()
  let claims = 0
  const renewing = setInterval(() => {
    if (running.size === 0) return
    renewLeases(ctx, [...running.values()]).catch((error) =>
      own.log.warn({ err: error }, 'renewing keys failed'),
    )
  }, renewEveryMs)
  renewing.unref()
  own.addHook('onClose', async () => clearInterval(renewing))

  own.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request)
    if (!key) return
    if (++claims % sweepEvery === 0) await sweepKeys(ctx)
    const claimed = await claimKey(ctx, key, {
      requestId: request.id,
      body: { body: request.body ?? null, query: request.query ?? null },
    })
    switch (claimed.outcome) {
      case 'first':
        running.set(request, key)
        return
      case 'replay':
        return replay(reply, claimed.answer)
      case 'answer_lost':
        return await answerAgain(own, ctx, options, request, reply, key, claimed.resources)
    }
  })

  own.addHook('onSend', async (request, reply, payload) => {
    const key = running.get(request)
    if (!key) return
    running.delete(request)
    try {
      await settle(ctx, key, reply, payload)
    } catch (error) {
      // The answer goes out all the same; a retry finds what the request did by its events.
      request.log.warn({ err: error }, 'an answer could not be kept for its Idempotency-Key')
    }
  })
}

function keyOf(request: FastifyRequest): Key | null {
  const given = request.headers['idempotency-key']
  const { public: isPublic, idempotency } = request.routeOptions.config
  if (given === undefined || request.method !== 'POST' || isPublic || idempotency === false) return null
  const key = String(given).trim()
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw invalidAt('Idempotency-Key', 'must be 1 to 255 visible ASCII characters', 'idempotency_key')
  const path = request.url.split('?', 1)[0]
  return { scope: `${principalOf(request.actor)} ${request.method} ${path}`, key }
}

function principalOf(actor: Actor): string {
  switch (actor.kind) {
    case 'user':
      return `user:${actor.userId}`
    case 'api_key':
      return `api_key:${actor.apiKeyId}`
    case 'gateway':
      return `gateway:${actor.workspaceId}:${actor.externalUserId}`
    case 'engine':
      throw new Error('The engine sends no requests')
  }
}

/** 401, 429 and 5xx are not kept (answers 1.11); nor is a file that is streamed. */
async function settle(ctx: Context, key: Key, reply: FastifyReply, payload: unknown): Promise<void> {
  const status = reply.statusCode
  if (status >= 500) return await giveUp(ctx, key)
  const isText = typeof payload === 'string' || payload === null || payload === undefined
  if (status === 401 || status === 429 || !isText) return await forget(ctx, key)
  await keepAnswer(ctx, key, { status, headers: headersOf(reply), body: payload ?? '' })
}

const keptHeaders = ['content-type', 'etag', 'location']

const headersOf = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name)
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )

function replay(reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply {
  reply.code(status).headers(headers).header('idempotent-replayed', 'true')
  return body === '' ? reply.send() : reply.serializer((text: string) => text).send(body)
}

/** What the lost answer would have shown, as it is now; or, where it cannot be read, the truth in a 409. */
async function answerAgain(
  own: FastifyInstance,
  ctx: Context,
  { addresses }: IdempotencyOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  key: Key,
  resources: { resourceType: string; resourceId: string }[],
): Promise<FastifyReply> {
  const made = resources.find(({ resourceType }) => addresses[resourceType])
  const url = made && addresses[made.resourceType]?.(made.resourceId)
  const now = url
    ? await own.inject({ method: 'GET', url, headers: { authorization: request.headers.authorization } })
    : null
  if (now?.statusCode !== 200) {
    const done = resources.map(({ resourceType, resourceId }) => `${resourceType} ${resourceId}`).join(', ')
    throw new Refusal(
      'conflict',
      `The first request with this Idempotency-Key was carried out (${done}), but its answer was lost. It is not done again.`,
      { rule: 'idempotency_answer_lost' },
    )
  }
  const type = String(now.headers['content-type'] ?? 'application/json')
  const answer = { status: createdStatusOf(request), headers: { 'content-type': type }, body: now.body }
  await keepAnswer(ctx, key, answer)
  return replay(reply, answer)
}

/** The success status the route documents. */
function createdStatusOf(request: FastifyRequest): number {
  const documented = Object.keys(request.routeOptions.schema?.response ?? {}).map(Number)
  return documented.find((status) => status >= 200 && status < 300) ?? 200
}

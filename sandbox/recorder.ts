import type { FastifyReply, FastifyRequest } from 'fastify'

/** One request to a simulated network and its answer, for validation against the network's specification. */
export interface Exchange {
  network: string
  /** The route's operation, or null for a route that does not exist. */
  operation: string | null
  method: string
  /** Below `/sandbox/<network>`, as it was asked, without the query. */
  path: string
  /** The route's pattern below `/sandbox/<network>`: `/bot:token/sendMessage`. */
  route: string | null
  query: Record<string, unknown>
  requestHeaders: Record<string, string | string[] | undefined>
  /** As it came; cut to 1 MB. */
  requestBody: Buffer
  status: number
  responseHeaders: Record<string, number | string | string[] | undefined>
  responseBody: Buffer
  /** The answer was held back by a fault: the caller never saw it. */
  cut: boolean
}

export type Observe = (exchange: Exchange) => void

const bodyBytesMax = 1_000_000
const keptMax = 500

/** The last exchanges, for tests that run the sandbox in another process (`GET /sandbox/_control/exchanges`). */
export function createRecorder(observe: Observe | undefined) {
  let keeping = false
  const kept: Exchange[] = []
  return {
    keep(on: boolean) {
      keeping = on
      kept.length = 0
    },
    exchanges: () => kept,
    record(network: string, request: FastifyRequest, reply: FastifyReply, payload: unknown, cut: boolean) {
      if (!keeping && !observe) return
      const exchange = exchangeOf(network, request, reply, payload, cut)
      observe?.(exchange)
      if (!keeping) return
      kept.push(exchange)
      if (kept.length > keptMax) kept.shift()
    },
  }
}

export type Recorder = ReturnType<typeof createRecorder>

function exchangeOf(
  network: string,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  cut: boolean,
): Exchange {
  const operation = request.routeOptions.config.simulated?.operation
  return {
    network,
    operation: typeof operation === 'function' ? operation(request) : (operation ?? null),
    method: request.method,
    path: below(network, request.url.split('?')[0] ?? ''),
    route: request.routeOptions.url ? below(network, request.routeOptions.url) : null,
    query: request.query as Record<string, unknown>,
    requestHeaders: request.headers,
    requestBody: (request.simulatedBody ?? Buffer.alloc(0)).subarray(0, bodyBytesMax),
    status: reply.statusCode,
    responseHeaders: reply.getHeaders(),
    responseBody: bytesOf(payload).subarray(0, bodyBytesMax),
    cut,
  }
}

function below(network: string, path: string) {
  const at = path.indexOf(`/${network}`)
  return at === -1 ? path : path.slice(at + network.length + 1) || '/'
}

function bytesOf(payload: unknown): Buffer {
  if (Buffer.isBuffer(payload)) return payload
  return typeof payload === 'string' ? Buffer.from(payload) : Buffer.alloc(0)
}

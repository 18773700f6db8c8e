import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Answer, Refused, send } from './answer.ts'
import { readBodies } from './bodies.ts'
import type { Fault, Faults } from './faults.ts'
import type { Recorder } from './recorder.ts'
import type { Simulator, World } from './simulator.ts'
import type { Store } from './store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** A fault that waits for the network to have done its work. */
    simulatedFault?: Fault
  }
}

/**
 * Mounts one simulated network: its bodies are read, its faults happen, what it changed is on disk before its answer
 * leaves, and every exchange is recorded.
 */
export async function mountNetwork(
  app: FastifyInstance,
  { simulator, world }: { simulator: Simulator; world: World },
  core: { store: Store; faults: Faults; recorder: Recorder },
) {
  readBodies(app, simulator.bodyBytesMax)

  app.addHook('preHandler', async (request, reply) => {
    const fault = faultFor(request, simulator, core.faults)
    if (!fault) return
    if (fault.when === 'after') request.simulatedFault = fault
    else return happen(fault, request, reply)
  })

  async function happen(fault: Fault, request: FastifyRequest, reply: FastifyReply) {
    await core.store.saved() // that it has fired
    if (fault.delayMs > 0) await wait(fault.delayMs)
    if (fault.kind === 'delay') return
    if (fault.kind === 'cut' || fault.kind === 'silence') {
      core.recorder.record(simulator.id, request, reply, '', true)
      reply.hijack()
      if (fault.kind === 'silence') await untilGivenUp(request)
      request.raw.socket.destroy()
      return reply
    }
    return send(reply, refusalFor(fault, request))
  }

  function refusalFor(fault: Fault, request: FastifyRequest): Answer {
    switch (fault.kind) {
      case 'rejected':
        return simulator.refusals.rejected(request)
      case 'rate_limit':
        return simulator.refusals.rateLimited(request, fault.retryAfterMs)
      case 'expired':
        return simulator.refusals.expired(request, world)
      default:
        return simulator.refusals.serverError(request)
    }
  }

  app.addHook('onSend', async (request, reply, payload) => {
    await core.store.saved()
    const fault = request.simulatedFault
    const cut = (fault?.kind === 'cut' || fault?.kind === 'silence') && reply.statusCode < 400
    core.recorder.record(simulator.id, request, reply, payload, cut)
    if (!fault || reply.statusCode >= 400) return payload
    if (fault.delayMs > 0) await wait(fault.delayMs)
    if (cut) {
      if (fault.kind === 'silence') await untilGivenUp(request)
      request.raw.socket.destroy()
      return payload
    }
    if (fault.kind === 'delay') return payload
    const refusal = refusalFor(fault, request)
    reply.code(refusal.status).headers(refusal.headers ?? {})
    return bodyText(reply, refusal)
  })

  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof Refused) return send(reply, error.answer)
    const status = error.statusCode ?? 500
    if (status >= 400 && status < 500) {
      const answer = simulator.refusals.badRequest(request, error.message)
      return send(reply, { ...answer, status: status === 400 ? answer.status : status })
    }
    request.log.error({ err: error, network: simulator.id }, 'the simulated network failed')
    return send(reply, simulator.refusals.serverError(request))
  })
  app.setNotFoundHandler((request, reply) => send(reply, simulator.refusals.notFound(request)))

  await simulator.routes(app, world)
}

function faultFor(request: FastifyRequest, simulator: Simulator, faults: Faults): Fault | null {
  const facts = request.routeOptions.config.simulated
  if (!facts) return null
  return faults.next({
    network: simulator.id,
    operation: typeof facts.operation === 'function' ? facts.operation(request) : facts.operation,
    account: facts.account?.(request) ?? '',
    text: facts.text?.(request) ?? null,
  })
}

function bodyText(reply: FastifyReply, answer: Answer): string {
  if (typeof answer.body === 'string' || answer.body === undefined) return answer.body ?? ''
  reply.header('content-type', answer.headers?.['content-type'] ?? 'application/json; charset=utf-8')
  const text = JSON.stringify(answer.body)
  reply.header('content-length', Buffer.byteLength(text))
  return text
}

/** No client waits longer; a silence that nobody listens to must end as well. */
const silenceMsMax = 120_000

/** Until the caller hangs up. */
function untilGivenUp(request: FastifyRequest): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, silenceMsMax)
    timer.unref()
    request.raw.socket.once('close', () => {
      clearTimeout(timer)
      done()
    })
  })
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))

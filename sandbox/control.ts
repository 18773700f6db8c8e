import type { FastifyInstance } from 'fastify'
import { type AccessRules, mayControl } from './access.ts'
import { Refused } from './answer.ts'
import { type FaultKind, type Faults, faultKinds } from './faults.ts'
import type { Recorder } from './recorder.ts'
import type { Simulator, World } from './simulator.ts'

export interface Controlled {
  access: AccessRules
  faults: Faults
  recorder: Recorder
  networks: { simulator: Simulator; world: World }[]
  clock: { now(): Date; shiftMs(): number; setShiftMs(ms: number): void }
  processing: { ms(): number; set(ms: number): void }
  reset(network: string | undefined): Promise<void>
}

/** The control API, `/sandbox/_control`. It changes the sandbox and nothing else. */
export function controlRoutes(app: FastifyInstance, it: Controlled) {
  app.addHook('onRequest', async (request) => {
    if (mayControl(request, it.access)) return
    throw new Refused({
      status: 403,
      body: {
        error:
          'The sandbox is controlled from the machine it runs on. From elsewhere, or where FANFARE_PUBLIC_URL is a public address, send the header x-sandbox-key with the value of FANFARE_SANDBOX_KEY.',
      },
    })
  })

  app.get('/', async () => ({
    now: it.clock.now().toISOString(),
    shiftMs: it.clock.shiftMs(),
    processingMs: it.processing.ms(),
    networks: it.networks.map(({ simulator, world }) => ({
      id: simulator.id,
      name: simulator.name,
      posts: simulator.feed(world).length,
      controls: Object.keys(simulator.controls ?? {}),
    })),
    faults: it.faults.list(),
  }))

  app.post('/faults', async (request, reply) =>
    reply.code(201).send(it.faults.add(readRule(bodyOf(request.body), it.clock.now()))),
  )
  app.get('/faults', async () => ({ data: it.faults.list() }))
  app.delete('/faults', async (_request, reply) => {
    it.faults.clear()
    return reply.code(204).send()
  })
  app.delete('/faults/:id', async (request, reply) => {
    const { id } = request.params as { id: string }
    if (!it.faults.remove(id)) throw bad(404, `There is no fault ${id}; it may have fired already`)
    return reply.code(204).send()
  })

  app.post('/clock', async (request) => {
    const body = bodyOf(request.body)
    if (body.now !== undefined) {
      const to = Date.parse(String(body.now))
      if (Number.isNaN(to)) throw bad(400, 'now must be a time like 2026-12-01T09:00:00Z')
      it.clock.setShiftMs(it.clock.shiftMs() + to - it.clock.now().getTime())
    } else if (body.advanceMs !== undefined)
      it.clock.setShiftMs(it.clock.shiftMs() + numberIn(body, 'advanceMs'))
    else it.clock.setShiftMs(numberIn(body, 'shiftMs'))
    return { now: it.clock.now().toISOString(), shiftMs: it.clock.shiftMs() }
  })

  app.post('/settings', async (request) => {
    it.processing.set(numberIn(bodyOf(request.body), 'processingMs'))
    return { processingMs: it.processing.ms() }
  })

  app.post('/reset', async (request, reply) => {
    const { network } = bodyOf(request.body)
    await it.reset(network === undefined ? undefined : String(network))
    return reply.code(204).send()
  })

  app.post('/recording', async (request) => {
    it.recorder.keep(bodyOf(request.body).on === true)
    return { on: bodyOf(request.body).on === true }
  })
  app.get('/exchanges', async (request) => {
    const { network } = request.query as { network?: string }
    const data = it.recorder
      .exchanges()
      .filter((exchange) => network === undefined || exchange.network === network)
      .map((exchange) => ({
        ...exchange,
        requestBody: exchange.requestBody.toString('base64'),
        responseBody: exchange.responseBody.toString('base64'),
      }))
    return { data }
  })

  app.post('/networks/:network/:control', async (request) => {
    const { network, control } = request.params as { network: string; control: string }
    const found = it.networks.find(({ simulator }) => simulator.id === network)
    const act = found?.simulator.controls?.[control]
    if (!found || !act) throw bad(404, `${network} has no control ${control}`)
    return (await act(found.world, bodyOf(request.body))) ?? {}
  })
}

function readRule(body: Record<string, unknown>, now: Date) {
  const kind = body.kind as FaultKind
  if (!faultKinds.includes(kind)) throw bad(400, `kind must be one of ${faultKinds.join(', ')}`)
  const when = body.when ?? 'before'
  if (when !== 'before' && when !== 'after') throw bad(400, 'when must be before or after')
  const until =
    body.forMs !== undefined
      ? new Date(now.getTime() + numberIn(body, 'forMs')).toISOString()
      : body.until === undefined
        ? null
        : new Date(String(body.until)).toISOString()
  const endless = body.times === null || (body.times === undefined && (kind === 'outage' || until !== null))
  return {
    kind,
    when: when as 'before' | 'after',
    network: textIn(body, 'network'),
    operation: textIn(body, 'operation'),
    account: textIn(body, 'account'),
    textIncludes: textIn(body, 'textIncludes'),
    writes: body.writes === true,
    delayMs: body.delayMs === undefined ? 0 : Math.min(numberIn(body, 'delayMs'), delayMsMax),
    retryAfterMs: body.retryAfterMs === undefined ? 2_000 : numberIn(body, 'retryAfterMs'),
    times: endless ? null : body.times === undefined ? 1 : numberIn(body, 'times'),
    until,
  }
}

/** Longer than any client waits; a forgotten rule must not hold connections for hours. */
const delayMsMax = 120_000

function numberIn(body: Record<string, unknown>, name: string): number {
  const value = body[name]
  if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(400, `${name} must be a number`)
  return value
}

const textIn = (body: Record<string, unknown>, name: string) =>
  body[name] === undefined ? undefined : String(body[name])

const bodyOf = (body: unknown): Record<string, unknown> =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}

const bad = (status: number, error: string) => new Refused({ status, body: { error } })

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { type AccessRules, isLoopbackName } from './access.ts'
import { Refused, send } from './answer.ts'
import { controlRoutes } from './control.ts'
import { createFaults } from './faults.ts'
import { singlePostPage } from './feed-page.ts'
import { asFeedNetwork, feedRoutes } from './feed-routes.ts'
import { lockFolder } from './folder-lock.ts'
import { fileRowsMax, type KeptFile, keepMedia } from './kept-media.ts'
import { mountNetwork } from './mount-network.ts'
import { simulators as allSimulators } from './networks.ts'
import { createOAuth } from './oauth.ts'
import { pullFrom } from './pull.ts'
import { rateLimit } from './rate-limit.ts'
import { createRecorder, type Observe } from './recorder.ts'
import type { Pulled, Simulator, World } from './simulator.ts'
import { openStore, type Store } from './store.ts'

export interface SandboxOptions {
  /** Where the simulated networks' state lives; one process at a time. */
  folder: string
  /** The address people reach the server at; permalinks carry it. Null: what the first request was made to. */
  publicUrl?: string | null
  /** Other origins of the same server, for redirects after consent and for pulling media. */
  ownOrigins?: string[]
  now?: () => Date
  /** Lets control requests in from elsewhere (`x-sandbox-key`). */
  controlKey?: string | null
  feed?: AccessRules['feed']
  mayLook?: AccessRules['mayLook']
  /** Answers for addresses that only a test knows; null: fetched as ever. */
  pull?: (url: string) => Promise<Pulled> | null
  /** Sees every exchange with a simulated network. */
  observe?: Observe
  /** For tests of the core; every network otherwise. */
  simulators?: Simulator[]
}

interface Network {
  simulator: Simulator
  world: World
  tidyMedia(): Promise<void>
}

/** The sandbox as a Fastify plugin: `app.register(sandbox, { prefix: '/sandbox', folder })`. */
export const sandbox: FastifyPluginAsync<SandboxOptions & { prefix?: string }> = async (app, options) => {
  const lock = await lockFolder(options.folder)
  const store = await openStore(join(options.folder, 'state'))
  app.addHook('onClose', async () => {
    await store.close()
    await lock.release()
  })

  const base = app.prefix
  const clock = shiftedClock(store, options.now ?? (() => new Date()))
  const newId = (bytes = 8) => randomBytes(bytes).toString('hex')
  const faults = createFaults(store, clock.now, newId)
  const recorder = createRecorder(options.observe)
  const access: AccessRules = {
    publicUrl: options.publicUrl ?? null,
    controlKey: options.controlKey ?? null,
    feed: options.feed ?? 'local',
    mayLook: options.mayLook,
  }
  const settings = store.table<number>('_core', 'settings', 100)
  const processing = {
    ms: () => settings.get('processingMs') ?? processingMsDefault,
    set: (ms: number) => void settings.put('processingMs', ms),
  }

  let seenOrigin: string | null = null
  app.addHook('onRequest', async (request) => {
    seenOrigin ??= `${request.protocol}://${request.host}`
  })
  const publicBase = () => `${options.publicUrl ?? seenOrigin ?? 'http://localhost'}${base}`

  const networks = (options.simulators ?? allSimulators).map((simulator) => makeNetwork(simulator))
  for (const network of networks) await network.tidyMedia()

  function makeNetwork(simulator: Simulator): Network {
    const { id } = simulator
    const media = keepMedia({
      folder: join(options.folder, 'media', id),
      files: store.table<KeptFile>(id, 'media', fileRowsMax),
      newId: () => newId(12),
      urlOf: (file) => `${publicBase()}/_media/${id}/${file}`,
    })
    const world: World = {
      now: clock.now,
      table: (name, { max = rowsMaxDefault } = {}) => store.table(id, name, max),
      nextNumber: (name, first = 1) => store.nextNumber(id, name, first),
      randomHex: newId,
      media,
      rateLimit: (rule) => rateLimit(rule, clock.now),
      oauth: (rules) => createOAuth(world, rules, (uri) => isOwn(uri)),
      processingMs: processing.ms,
      ownUrl: (request, path) => `${request.protocol}://${request.host}${base}/${id}${path}`,
      publicUrl: (path) => `${publicBase()}/${id}${path}`,
      pull: (url) => options.pull?.(url) ?? pullFrom(url, isOwn),
      postPage: (post) => singlePostPage(asFeedNetwork({ simulator, world }), post, clock.now(), base),
    }
    return { simulator, world, tidyMedia: media.tidy }
  }

  /** An address of the server this sandbox belongs to, or of this machine while the server is not public. */
  function isOwn(address: string): boolean {
    if (!URL.canParse(address)) return false
    const url = new URL(address)
    const isPublic = access.publicUrl !== null && !isLoopbackName(new URL(access.publicUrl).hostname)
    const own = [access.publicUrl, ...(options.ownOrigins ?? [])].map((own) => own && new URL(own).origin)
    return own.includes(url.origin) || (!isPublic && isLoopbackName(url.hostname))
  }

  async function reset(id: string | undefined) {
    const chosen = networks.filter(({ simulator }) => id === undefined || simulator.id === id)
    if (chosen.length === 0) throw new Refused({ status: 404, body: { error: `There is no network ${id}` } })
    if (id === undefined) store.reset()
    else store.reset(id)
    for (const network of chosen) await network.tidyMedia()
  }

  for (const network of networks)
    await app.register((scope) => mountNetwork(scope, network, { store, faults, recorder }), {
      prefix: `/${network.simulator.id}`,
    })
  await app.register(
    async (scope) => {
      answerRefusals(scope)
      saveFirst(scope, store)
      controlRoutes(scope, { access, faults, recorder, networks, clock, processing, reset })
    },
    { prefix: '/_control' },
  )
  await app.register(async (scope) => feedRoutes(scope, { networks, access, base, now: clock.now }))
}

/** Rows a table keeps unless its network asks for another bound. */
const rowsMaxDefault = 2_000
const processingMsDefault = 1_000

function shiftedClock(store: Store, now: () => Date) {
  const kept = store.table<number>('_core', 'clock', 1)
  const shiftMs = () => kept.get('shiftMs') ?? 0
  return {
    now: () => new Date(now().getTime() + shiftMs()),
    shiftMs,
    setShiftMs: (ms: number) => void kept.put('shiftMs', ms),
  }
}

function answerRefusals(app: FastifyInstance) {
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error instanceof Refused) return send(reply, error.answer)
    if (error.statusCode !== undefined && error.statusCode < 500)
      return reply.code(error.statusCode).send({ error: error.message })
    throw error
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing here' }))
}

function saveFirst(app: FastifyInstance, store: Store) {
  app.addHook('onSend', async (_request, _reply, payload) => {
    await store.saved()
    return payload
  })
}

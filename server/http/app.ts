import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { TSchema } from 'typebox'
import type { Context } from '../operations/context.ts'
import { decorateWithActor } from './authenticate.ts'
import { refuseUnstorable } from './clean-input.ts'
import { type TrustedProxies, trustProxyOption } from './client-address.ts'
import type { Answer, HttpDialect } from './dialect.ts'
import { type DocumentedDialect, serveDocs } from './docs.ts'
import { failureOf, type HttpFailure, noSuchRoute } from './failure.ts'
import { fileRoutes } from './files.ts'
import { idShapeConstraint, isSharedTemplate } from './id-shape.ts'
import { acceptJsonBodies } from './json-body.ts'
import { serveJwks } from './jwks.ts'
import { openApiOptions } from './openapi.ts'
import type { Rates } from './rate-limits.ts'
import { memoryRateStore, type RateStore } from './rate-store.ts'
import { refusingUnknownFields } from './strict-body.ts'
import { schemaCompiler } from './validation.ts'
import { welcomePages } from './welcome.ts'

export interface AppOptions {
  /** In the order in which they are asked who owns an unknown address; the last one answers for what nobody owns. */
  dialects: HttpDialect[]
  /** None: nothing is logged (tests). */
  logger?: FastifyBaseLogger
  /** Whether requests are counted, and where; none: they are not (tests, FANFARE_RATE_LIMITS=off). */
  rateLimits?: RateStore | null
  /** Whose X-Forwarded-For is believed; none: nobody's. */
  trustedProxies?: TrustedProxies
  /** What stands beside the dialects: health, metrics, the request log. Their hooks see every request. */
  shared?: FastifyPluginAsync[]
}

export type App = FastifyInstance

/** JSON bodies; a post with overrides for a hundred accounts stays far below. Uploads set their own limit. */
const bodyBytesMax = 1_000_000

/** Slower than this and the client is gone or hostile; headers and body together. */
const requestTimeoutMs = 120_000

/** Builds the HTTP server: what all dialects share, then each dialect in an encapsulated plugin of its own. */
export async function createApp(ctx: Context, options: AppOptions): Promise<App> {
  const app = Fastify({
    ...(options.logger ? { loggerInstance: options.logger } : { logger: false }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => `req_${ctx.randomBytes(9).toString('hex')}`,
    trustProxy: trustProxyOption(options.trustedProxies ?? null),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    routerOptions: { constraints: { idShape: idShapeConstraint }, maxParamLength: 500 },
    frameworkErrors: (error, request, reply) => void answerFailure(error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setValidatorCompiler(schemaCompiler())
  acceptJsonBodies(app as unknown as FastifyInstance)
  decorateWithActor(app as unknown as FastifyInstance)
  const rates: Rates = {
    store: options.rateLimits ?? memoryRateStore(),
    limitsRequests: Boolean(options.rateLimits),
  }
  app.decorate('rates', rates)
  app.addHook('onClose', () => rates.store.close())
  await app.register(cookie)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  for (const plugin of options.shared ?? []) await app.register(plugin)
  app.addHook('preValidation', refuseUnstorable)
  app.setErrorHandler(answerFailure)
  app.setNotFoundHandler((request, reply) =>
    send(reply, ownerOf(request.url).present(noSuchRoute(request.method, request.url), request)),
  )
  serveJwks(app as unknown as FastifyInstance, ctx)
  await app.register(fileRoutes(ctx))
  await app.register(welcomePages(ctx))
  const documented: DocumentedDialect[] = []
  for (const dialect of options.dialects)
    documented.unshift(await mount(app as unknown as FastifyInstance, dialect))
  serveDocs(app as unknown as FastifyInstance, documented)
  return app as unknown as App

  function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply) {
    const failure = failureOf(error)
    logFailure(failure, error, request)
    return send(reply, ownerOf(request.url).present(failure, request))
  }

  function ownerOf(url: string): HttpDialect {
    const path = url.split('?', 1)[0] ?? ''
    const owner = options.dialects.find((dialect) => dialect.owns(path)) ?? options.dialects.at(-1)
    if (!owner) throw new Error('The server has no dialects')
    return owner
  }
}

/** @returns the encapsulated instance, which knows the dialect's routes and nobody else's (in a box: it is thenable). */
async function mount(app: FastifyInstance, dialect: HttpDialect): Promise<DocumentedDialect> {
  let mounted = app
  await app.register(async (own) => {
    mounted = own
    await own.register(swagger, openApiOptions(dialect))
    own.setErrorHandler((error, request, reply) => {
      const failure = failureOf(error)
      logFailure(failure, error, request)
      return send(reply, dialect.present(failure, request))
    })
    own.addHook('onRequest', async (request) => {
      if (!request.routeOptions.config.public) request.actor = await dialect.authenticate(request)
    })
    own.addHook('onRoute', (route) => {
      if (dialect.idShape && isSharedTemplate(route.url))
        route.constraints = { ...route.constraints, idShape: dialect.idShape }
      if (dialect.refusesUnknownFields && route.schema?.body)
        route.schema = { ...route.schema, body: refusingUnknownFields(route.schema.body as TSchema) }
    })
    for (const { prefix, routes } of dialect.mounts) await own.register(routes, { prefix })
  })
  return { dialect, own: mounted }
}

function logFailure(failure: HttpFailure, error: unknown, request: FastifyRequest) {
  if (failure.code === 'internal') request.log.error({ err: error }, 'request failed')
  else if (failure.code === 'unavailable') request.log.warn({ err: error }, 'request refused')
}

function send(reply: FastifyReply, { status, headers = {}, body }: Answer) {
  return reply
    .code(status)
    .headers(headers)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(body)
}

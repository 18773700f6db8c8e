/**
 * Puts Fanfare together: reads the configuration, brings up the database, gives every part what it needs, and takes
 * them down again in the reverse order. Only here are there a clock, a random source and a process.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { sandbox } from '../sandbox/sandbox.ts'
import { type Config, ConfigError, decideConfig } from './config/config.ts'
import { loadSecretKeys } from './config/secret-key.ts'
import { allDialects } from './dialects/index.ts'
import { isMediaType, mediaExtension } from './domain/media-types.ts'
import { deliverWebhook } from './engine/deliver-webhook.ts'
import { type Engine, startEngine } from './engine/engine.ts'
import { engineChores } from './engine/engine-chores.ts'
import { type Chores, runChores } from './engine/run-chores.ts'
import { createApp } from './http/app.ts'
import { healthRoutes } from './http/health.ts'
import { type Handler, type Listener, listen, saying } from './http/listen.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { memoryRateStore, type RateStore } from './http/rate-store.ts'
import { requestLog } from './http/request-log.ts'
import { sharedRateStore } from './http/shared-rate-store.ts'
import { valkeyRateStore } from './http/valkey-rate-store.ts'
import { live } from './lifetime.ts'
import { createHttp } from './net/http.ts'
import { createLog, type Log } from './net/log.ts'
import { createMailer, type Mailer } from './net/mail.ts'
import { createOrigins } from './net/origins.ts'
import { remoteKeys } from './net/remote-keys.ts'
import { withShortcut } from './net/shortcut.ts'
import { storedFileAddress } from './net/signed-address.ts'
import { createVault } from './net/vault.ts'
import { networksById } from './networks/index.ts'
import { settleBufferTask } from './operations/agree-with-buffer.ts'
import { checkSecretKey } from './operations/check-secret-key.ts'
import { cleanUp } from './operations/clean-up.ts'
import type { Clock, Context } from './operations/context.ts'
import { createFirstUser, createSetupLink } from './operations/create-first-user.ts'
import { revokeTask } from './operations/disconnect-account.ts'
import { finishDisconnecting } from './operations/finish-disconnecting.ts'
import { scheduleDraftTask } from './operations/hand-over-later.ts'
import { createIds } from './operations/ids.ts'
import { mailInvitationTask } from './operations/invitation-link.ts'
import { lookAtBuffer, lookAtBufferTask } from './operations/look-at-buffer.ts'
import {
  makeOccurrences,
  makeOccurrencesTask,
  wakeRecurrences,
  wakeRecurrencesTask,
} from './operations/make-occurrences.ts'
import { readReadiness } from './operations/read-readiness.ts'
import { scheduleDraft } from './operations/schedule-draft.ts'
import { sendInvitation } from './operations/send-invitation.ts'
import { settleBufferPosts } from './operations/settle-buffer-posts.ts'
import { collectBufferMetrics, collectBufferMetricsTask } from './operations/sync-buffer-analytics.ts'
import { openDatabase } from './storage/database.ts'
import { startDatabaseClock } from './storage/database-clock.ts'
import { deliveryFigures } from './storage/delivery-figures.ts'
import { localMediaStore } from './storage/local-media-store.ts'
import type { MediaStore } from './storage/media-store.ts'
import { migrate } from './storage/migrate.ts'
import { s3MediaStore } from './storage/s3-media-store.ts'
import { type Database, startDatabase } from './storage/start-database.ts'
import { deliverWebhookTask } from './storage/webhooks.ts'

/** Open requests get this long when the server is asked to stop. */
const requestGraceMs = 10_000

/** Files of ours in one upload at most; networks have their own, smaller limits. */
const mediaBytesMax = 1_000_000_000

const config = readConfig()
const log = createLog({ level: config.logLevel })
for (const warning of config.warnings) log.warn(warning)
await live(log, (fail) => start(config, log, fail))

function readConfig(): Config {
  try {
    return decideConfig(process.env, process.argv.slice(2), [...networksById.keys(), 'buffer'])
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(
      `Fanfare cannot start with these settings:\n${error.problems.map((one) => `- ${one}`).join('\n')}`,
    )
    return process.exit(78) // EX_CONFIG of sysexits.h: a supervisor need not try again.
  }
}

/** Starts every part; whatever was started before one fails is taken down again. */
async function start(config: Config, log: Log, fail: (what: string, error: unknown) => void) {
  await using parts = new AsyncDisposableStack()
  const listener = await listen(config.host, config.port)
  parts.defer(() => listener.close(0))
  const database = await startDatabase(config.database, (error) => fail('the database is gone', error))
  parts.defer(database.stop)
  const migrations = await migrate(database.directUrl)
  if (migrations.length > 0) log.info({ migrations }, 'the database was brought to the newest schema')

  const ctx = await createContext(config, listener, database, parts)
  await checkSecretKey(ctx)
  const setupUrl = await makeFirstUser(ctx, config)
  const metrics = createMetrics({
    readFigures: () => deliveryFigures(ctx.db, ctx.clock.now()),
    token: config.metricsToken,
  })
  let engine: Engine | null = null
  const serveApp = await openApp(config, ctx, metrics, parts, () =>
    readReadiness(ctx, engine?.state() ?? null),
  )
  const isSandboxElsewhere = config.role === 'engine' || config.sandbox.url !== null
  const serveSandbox = isSandboxElsewhere ? null : await openSandbox(config, ctx, listener, parts)
  const serve = (app: Handler) =>
    listener.serve((request, response) =>
      serveSandbox && /^\/sandbox(?:[/?]|$)/.test(request.url ?? '')
        ? serveSandbox(request, response)
        : app(request, response),
    )
  serve(serveApp)
  let chores: Chores | null = null
  if (config.role !== 'api') {
    engine = publish(config, ctx, database, metrics)
    chores = await runAllChores(ctx, database, parts)
  }
  parts.defer(async () => {
    // No new requests; what the engine has begun may still need the simulated networks.
    serve(saying('stopping'))
    await Promise.all([engine?.stop(), chores?.stop()])
    await listener.close(requestGraceMs)
  })

  log.info({ publicUrl: ctx.settings.publicUrl, role: config.role }, 'started')
  console.log(`Fanfare is listening on ${listener.shownUrl}`)
  // To the person at the console, past the log: the link is a secret that works once.
  if (setupUrl) console.log(`There is no user yet. Make the first one here, within a day: ${setupUrl}`)
  return parts.move()
}

async function createContext(
  config: Config,
  listener: Listener,
  database: Database,
  parts: AsyncDisposableStack,
): Promise<Context> {
  const publicUrl = config.publicUrl ?? `http://localhost:${listener.port}`
  const { db, pool } = openDatabase({ connectionString: database.url })
  parts.defer(() => pool.end())
  const clock = await startDatabaseClock(pool)
  parts.defer(clock.stop)
  const overrides = Object.fromEntries(
    [...config.networks].map(([id, { baseUrl }]) => [id, baseUrl ?? undefined]),
  )
  const addressPolicy = {
    allowPrivate: config.allowPrivateAddresses,
    trustedOrigins: [
      publicUrl,
      listener.loopbackUrl,
      config.sandbox.url,
      ...Object.values(overrides),
    ].flatMap((address) => (address ? [new URL(address).origin] : [])),
  }
  const http = createHttp(addressPolicy)
  parts.defer(http.close)
  const sandboxUrl = config.sandbox.url ?? `${publicUrl}/sandbox`
  return {
    db,
    clock,
    newId: createIds(clock),
    randomBytes,
    vault: createVault(await loadSecretKeys(config.secretKeys, config.dataDir)),
    // An engine alone mounts no sandbox: it asks the processes that do, at their public address.
    http:
      config.role === 'engine' || config.sandbox.url !== null
        ? http
        : withShortcut(http, sandboxUrl, `${listener.loopbackUrl}/sandbox`),
    networks: networksById,
    origins: createOrigins({ overrides, sandbox: () => sandboxUrl }),
    appCredentials: (network) => config.networks.get(network)?.app ?? null,
    media: await openMediaStore(config, parts),
    mailer: openMailer(config, parts),
    contentIssuer: openIssuer(config, clock, parts),
    settings: {
      publicUrl,
      firstWorkspaceMode: config.firstWorkspaceMode,
      mediaBytesMax,
      storageBytesMax: config.storageBytesMax,
      webhookAddresses: { ...addressPolicy, trustedOrigins: [] },
      planSlots: config.planSlots,
      contentGatewayKey: config.contentGateway.key,
    },
  }
}

/** Whose tokens the content API takes beside ours. */
function openIssuer(
  { contentGateway: { issuer } }: Config,
  clock: Clock,
  parts: AsyncDisposableStack,
): Context['contentIssuer'] {
  if (!issuer) return null
  // The operator names its address, which may be private; what users name is still not called there.
  const http = createHttp({ allowPrivate: false, trustedOrigins: [new URL(issuer.jwksUrl).origin] })
  parts.defer(http.close)
  return { issuer: issuer.name, keyOf: remoteKeys(http, issuer.jwksUrl, () => clock.now()) }
}

function openMailer({ mail }: Config, parts: AsyncDisposableStack): Mailer | null {
  if (!mail) return null
  const mailer = createMailer(mail)
  parts.defer(mailer.close)
  return mailer
}

async function openMediaStore({ media }: Config, parts: AsyncDisposableStack): Promise<MediaStore> {
  if (media.kind === 'folder') return localMediaStore(media.folder)
  const store = await s3MediaStore(media)
  parts.defer(store.close)
  return store
}

/** @returns where a person makes the first user, when the settings name none and there is none. */
async function makeFirstUser(ctx: Context, { firstUser }: Config): Promise<string | null> {
  if (!firstUser) return (await createSetupLink(ctx))?.url ?? null
  await createFirstUser(ctx, { ...firstUser, name: firstUser.email.split('@')[0] ?? 'Administrator' })
  return null
}

/** The HTTP app; a process that only publishes shows its health and nothing else. */
async function openApp(
  config: Config,
  ctx: Context,
  metrics: Metrics,
  parts: AsyncDisposableStack,
  readiness: () => Promise<string[]>,
): Promise<Handler> {
  const rates = config.role === 'engine' ? null : await openRateStore(config)
  const shared = [requestLog, metrics.routes, healthRoutes(readiness, () => rates?.warnings() ?? [])]
  const app =
    config.role === 'engine'
      ? Fastify({ logger: false })
      : await createApp(ctx, {
          dialects: allDialects(ctx),
          logger: log,
          shared,
          trustedProxies: config.trustedProxies,
          rateLimits: rates?.store ?? null,
        })
  if (config.role === 'engine') for (const plugin of shared) await app.register(plugin)
  parts.defer(() => app.close())
  await app.ready()
  return app.routing
}

/** Where requests are counted, with a word on what is wrong there; null: they are not counted. */
async function openRateStore(config: Config): Promise<{ store: RateStore; warnings(): string[] } | null> {
  if (!config.rateLimits) return null
  if (!config.valkeyUrl) return { store: memoryRateStore(), warnings: () => [] }
  const valkey = valkeyRateStore(config.valkeyUrl)
  await valkey.connect()
  const store = sharedRateStore({
    shared: valkey,
    monotonicMs: () => performance.now(),
    away: (error) => log.warn({ err: error }, 'Valkey does not answer; this process counts requests alone'),
    back: () => log.info('Valkey answers again; requests are counted together'),
  })
  return {
    store,
    warnings: () => [store.problem()].filter((problem) => problem !== null),
  }
}

/** The simulated networks, in an app of their own: nothing of the server's reading and checking reaches them. */
async function openSandbox(config: Config, ctx: Context, listener: Listener, parts: AsyncDisposableStack) {
  const app = Fastify({ logger: false, routerOptions: { maxParamLength: 500 } })
  await app.register(sandbox, {
    prefix: '/sandbox',
    folder: join(config.dataDir, 'sandbox'),
    publicUrl: ctx.settings.publicUrl,
    ownOrigins: [listener.loopbackUrl],
    now: () => ctx.clock.now(),
    controlKey: config.sandbox.controlKey,
    feed: config.sandbox.feed,
  })
  parts.defer(() => app.close())
  await app.ready()
  return app.routing
}

/** Everything that is done later, apart from publishing. */
function runAllChores(ctx: Context, database: Database, parts: AsyncDisposableStack): Promise<Chores> {
  const webhookHttp = createHttp(ctx.settings.webhookAddresses)
  parts.defer(webhookHttp.close)
  const sender = { ...ctx, http: webhookHttp, random: () => ctx.randomBytes(4).readUInt32BE(0) / 2 ** 32 }
  const trouble = (what: string, error: unknown) => log.warn({ err: error }, what)
  const ofEngine = engineChores(ctx, trouble)
  return runChores({
    ...ctx,
    connectionString: database.directUrl,
    host: hostname(),
    tasks: {
      [deliverWebhookTask]: ({ deliveryId }) => deliverWebhook(sender, deliveryId as string),
      [revokeTask]: ({ accountId }) => finishDisconnecting(ctx, accountId as string),
      [makeOccurrencesTask]: ({ recurrenceId }) => makeOccurrences(ctx, recurrenceId as string),
      [wakeRecurrencesTask]: () => wakeRecurrences(ctx),
      [mailInvitationTask]: ({ invitationId }) => sendInvitation(ctx, invitationId as string),
      [settleBufferTask]: ({ postId }) => settleBufferPosts(ctx, postId as string),
      [scheduleDraftTask]: ({ postId }) => scheduleDraft(ctx, postId as string),
      [lookAtBufferTask]: async () => void (await lookAtBuffer(ctx, trouble)),
      [collectBufferMetricsTask]: () => collectBufferMetrics(ctx, trouble),
      clean_up: async () => log.info(await cleanUp(ctx), 'tidied up'),
      ...ofEngine.tasks,
    },
    daily: ['clean_up', wakeRecurrencesTask, collectBufferMetricsTask],
    schedule: { ...ofEngine.schedule, [lookAtBufferTask]: '* * * * *' },
    trouble,
  })
}

function publish(config: Config, ctx: Context, database: Database, metrics: Metrics): Engine {
  return startEngine(ctx, {
    listenUrl: database.directUrl,
    role: config.role,
    host: hostname(),
    publicMediaUrl: ({ storageKey, mimeType }) =>
      storedFileAddress(
        ctx.vault,
        ctx.settings.publicUrl,
        { storageKey, extension: isMediaType(mimeType) ? mediaExtension(mimeType) : 'bin' },
        ctx.clock.now(),
      ),
    observer: {
      sent: metrics.sent,
      settled(attempt) {
        metrics.settled(attempt)
        log.info(attempt, 'settled')
      },
      tookOver(count) {
        metrics.tookOver(count)
        log.warn({ count }, 'took over from a process that died')
      },
      trouble: (what, error, deliveryId) => log.warn({ err: error, deliveryId }, what),
    },
  })
}

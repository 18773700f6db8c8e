/**
 * Starts Fanfare: reads the configuration, brings up the database, puts the parts together, and takes them down again
 * in the reverse order. Nothing else in the server owns a clock, a random source, or the process.
 */
import { randomBytes } from 'node:crypto'
import { type Config, ConfigError, decideConfig } from './config/config.ts'
import { loadSecretKeys } from './config/secret-key.ts'
import { allDialects } from './dialects/index.ts'
import { createApp } from './http/app.ts'
import { type Listener, listen } from './http/listen.ts'
import { createHttp } from './net/http.ts'
import { createLog, type Log } from './net/log.ts'
import { createOrigins } from './net/origins.ts'
import { createVault } from './net/vault.ts'
import { allNetworks, networksById } from './networks/index.ts'
import type { Context } from './operations/context.ts'
import { createFirstUser, createSetupLink } from './operations/create-first-user.ts'
import { createIds } from './operations/ids.ts'
import { openDatabase } from './storage/database.ts'
import { startDatabaseClock } from './storage/database-clock.ts'
import type { MediaStore } from './storage/media-store.ts'
import { migrate } from './storage/migrate.ts'
import { startDatabase } from './storage/start-database.ts'

/** Open requests get this long when the server is asked to stop, and so do deliveries in flight. */
const graceMs = 10_000
/** Past this the process ends whatever still hangs; the next start recovers. */
const stopMsMax = 30_000

/** Files of ours in one upload at most; networks have their own, smaller limits. */
const mediaBytesMax = 1_000_000_000

/** Until the folder and S3 stores land. */
const noMediaStore: MediaStore = {
  write: () => Promise.reject(new Error('There is no media store')),
  read: () => Promise.resolve(null),
  stat: () => Promise.resolve(null),
  delete: () => Promise.resolve(),
}

await run()

async function run() {
  const config = readConfig()
  const log = createLog({ level: config.logLevel })
  for (const warning of config.warnings) log.warn(warning)
  let stop: (why: string, exitCode: number) => void = () => process.exit(1)
  process.on('SIGTERM', () => stop('SIGTERM', 0))
  process.on('SIGINT', () => stop('SIGINT', 0))
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'a mistake of ours reached the top; the server stops')
    stop('a mistake of ours', 1)
  })

  try {
    const parts = await start(config, log)
    stop = (why, exitCode) => {
      stop = () => process.exit(1) // Asked twice: at once.
      log.info({ why }, 'stopping')
      setTimeout(() => {
        log.error(`stopping took more than ${stopMsMax} ms; ending at once`)
        process.exit(1)
      }, stopMsMax).unref()
      parts.disposeAsync().then(
        () => {
          log.info('stopped')
          process.exit(exitCode)
        },
        (error) => {
          log.error({ err: error }, 'stopping did not go well')
          process.exit(1)
        },
      )
    }
  } catch (error) {
    log.debug({ err: error }, 'start failed')
    console.error(`Fanfare cannot start: ${(error as Error).message}`)
    process.exit(1)
  }
}

function readConfig(): Config {
  try {
    return decideConfig(process.env, process.argv.slice(2), [...networksById.keys(), 'buffer'])
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(
      `Fanfare cannot start with these settings:\n${error.problems.map((one) => `- ${one}`).join('\n')}`,
    )
    return process.exit(78)
  }
}

/** Starts every part; whatever was started before one fails is taken down again. */
async function start(config: Config, log: Log): Promise<AsyncDisposableStack> {
  await using parts = new AsyncDisposableStack()
  const listener = await listen(config.host, config.port)
  parts.defer(() => listener.close(graceMs))
  const database = await startDatabase(config.database)
  parts.defer(database.stop)
  const migrations = await migrate(database.directUrl)
  if (migrations.length > 0) log.info({ migrations }, 'the database was brought to the newest schema')

  const ctx = await createContext(config, listener, database.url, parts)
  const setupUrl = await makeFirstUser(ctx, config)
  const app = await createApp(ctx, { dialects: allDialects(ctx), logger: log })
  parts.defer(() => app.close())
  await app.ready()
  listener.serve(app.routing)

  log.info({ publicUrl: ctx.settings.publicUrl, role: config.role }, 'started')
  console.log(`Fanfare is listening on ${listener.shownUrl}`)
  // To the person at the console, past the log: the link is a secret that works once.
  if (setupUrl) console.log(`There is no user yet. Make the first one here, within a day: ${setupUrl}`)
  return parts.move()
}

/** @returns where a person makes the first user, when the settings name none and there is none. */
async function makeFirstUser(ctx: Context, { firstUser }: Config): Promise<string | null> {
  if (!firstUser) return (await createSetupLink(ctx))?.url ?? null
  await createFirstUser(ctx, { ...firstUser, name: firstUser.email.split('@')[0] ?? 'Administrator' })
  return null
}

async function createContext(
  config: Config,
  listener: Listener,
  databaseUrl: string,
  parts: AsyncDisposableStack,
): Promise<Context> {
  const publicUrl = config.publicUrl ?? `http://localhost:${listener.port}`
  const { db, pool } = openDatabase({ connectionString: databaseUrl })
  parts.defer(() => pool.end())
  const clock = await startDatabaseClock(pool)
  parts.defer(clock.stop)
  const overrides = Object.fromEntries(
    [...config.networks].map(([id, { baseUrl }]) => [id, baseUrl ?? undefined]),
  )
  const addressPolicy = {
    allowPrivate: config.allowPrivateAddresses,
    trustedOrigins: [publicUrl, listener.loopbackUrl, ...Object.values(overrides)].flatMap((address) =>
      address ? [new URL(address).origin] : [],
    ),
  }
  const http = createHttp(addressPolicy)
  parts.defer(http.close)
  return {
    db,
    clock,
    newId: createIds(clock),
    randomBytes,
    vault: createVault(await loadSecretKeys(config.secretKeys, config.dataDir)),
    http,
    networks: new Map(allNetworks.map((network) => [network.id, network])),
    origins: createOrigins({ overrides, sandbox: () => `${publicUrl}/sandbox` }),
    appCredentials: (network) => config.networks.get(network)?.app ?? null,
    media: noMediaStore,
    settings: { publicUrl, firstWorkspaceMode: config.firstWorkspaceMode, mediaBytesMax, addressPolicy },
  }
}

import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import ipaddr from 'ipaddr.js'
import { type EnvironmentReader, readEnvironment } from './env.ts'

/** Everything an operator decides, parsed once. Nothing else in the server looks at the environment. */
export interface Config {
  /** `api` serves HTTP, `engine` publishes and does chores, `all` does both. */
  role: Role
  host: string
  /** 0 lets the system choose; the line that is printed names the port that was chosen. */
  port: number
  /** How people and networks reach this server; null means http://localhost:<port>. */
  publicUrl: string | null
  /** Absolute. Holds the embedded database, the media, the key file and the sandbox. */
  dataDir: string
  database: DatabaseConfig
  /** The current key first, then older ones that may still open what they sealed; null: kept in the data directory. */
  secretKeys: string[] | null
  firstUser: { email: string; password: string } | null
  firstWorkspaceMode: 'live' | 'sandbox'
  sandbox: {
    /** Where sandbox workspaces find the simulated networks; null: this process serves them. */
    url: string | null
    /** Who sends it may control the sandbox from anywhere. */
    controlKey: string | null
    feed: 'local' | 'open'
  }
  /** False only for benchmarks. */
  rateLimits: boolean
  /** True: every private address; a list of CIDR ranges: those; false: none. */
  allowPrivateAddresses: boolean | string[]
  /** The proxies whose X-Forwarded-For is believed, by count or by address; null: none. */
  trustedProxies: { hops: number } | { ranges: string[] } | null
  contentGateway: { key: string | null; issuer: { name: string; jwksUrl: string } | null }
  /** Media of one workspace together, in bytes; null: no limit. */
  storageBytesMax: number | null
  /** Posts of one workspace that are not out yet; null: no limit. */
  planSlots: number | null
  media: MediaConfig
  valkeyUrl: string | null
  /** Null: this server sends no mail. */
  mail: { url: string; from: string } | null
  networks: ReadonlyMap<string, NetworkConfig>
  /** What a scrape of /metrics must bring; null: anyone who reaches the port may. */
  metricsToken: string | null
  logLevel: LogLevel
  /** Things that are probably mistakes, to be logged once. */
  warnings: string[]
}

export type Role = (typeof roles)[number]
export type LogLevel = (typeof logLevels)[number]

export type DatabaseConfig =
  | { kind: 'embedded'; folder: string }
  /** `directUrl` reaches the server itself where `url` is a transaction pooler: LISTEN and locks need a session. */
  | { kind: 'external'; url: string; directUrl: string }

export type MediaConfig =
  | { kind: 'folder'; folder: string }
  | {
      kind: 's3'
      endpoint: string | null
      region: string
      bucket: string
      accessKeyId: string
      secretAccessKey: string
      /** `https://host/bucket/key` instead of `https://bucket.host/key`; on whenever an endpoint is named. */
      pathStyle: boolean
      /** Browsers send files straight to the store: it must be reachable for them, and its bucket must allow it (CORS). */
      directUploads: boolean
    }

export interface NetworkConfig {
  app: { clientId: string; clientSecret: string | null } | null
  /** Replaces the network's real address, in every workspace. */
  baseUrl: string | null
}

/** The operator asked for something impossible; `problems` are sentences to print, without a stack. */
export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const roles = ['api', 'engine', 'all'] as const
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** Every variable with our prefix; one that is set and not here is a typing mistake worth a warning. */
const ownNames = new Set([
  'FANFARE_ADMIN_EMAIL',
  'FANFARE_ADMIN_PASSWORD',
  'FANFARE_ALLOW_PRIVATE_ADDRESSES',
  'FANFARE_CONTENT_GATEWAY_KEY',
  'FANFARE_CONTENT_ISSUER',
  'FANFARE_CONTENT_JWKS_URL',
  'FANFARE_DATA_DIR',
  'FANFARE_FIRST_WORKSPACE',
  'FANFARE_LOG_LEVEL',
  'FANFARE_MAIL_FROM',
  'FANFARE_METRICS_TOKEN',
  'FANFARE_PLAN_SLOTS',
  'FANFARE_PUBLIC_URL',
  'FANFARE_RATE_LIMITS',
  'FANFARE_SANDBOX_FEED',
  'FANFARE_SANDBOX_KEY',
  'FANFARE_SANDBOX_URL',
  'FANFARE_SECRET_KEY',
  'FANFARE_STORAGE_LIMIT_MB',
  'FANFARE_TRUST_PROXY',
])

/**
 * Decides the whole configuration from the environment and the command line.
 * @param networkIds every network the server has, whose `<NETWORK>_CLIENT_ID` and the like are read.
 * @throws ConfigError naming every bad value at once.
 */
export function decideConfig(
  variables: Record<string, string | undefined>,
  args: string[],
  networkIds: Iterable<string>,
): Config {
  const env = readEnvironment(variables)
  const dataDir = resolve(env.text('FANFARE_DATA_DIR') ?? 'data')
  const config: Config = {
    role: readRole(args, env.problems),
    host: env.text('HOST') ?? '127.0.0.1',
    port: env.number('PORT', { min: 0, max: 65_535 }) ?? 8007,
    publicUrl: env.address('FANFARE_PUBLIC_URL'),
    dataDir,
    database: readDatabase(env, dataDir),
    secretKeys: readSecretKeys(env),
    firstUser: readFirstUser(env),
    firstWorkspaceMode: env.choice('FANFARE_FIRST_WORKSPACE', ['sandbox', 'live']) ?? 'sandbox',
    sandbox: {
      url: env.address('FANFARE_SANDBOX_URL'),
      controlKey: env.text('FANFARE_SANDBOX_KEY'),
      feed: env.choice('FANFARE_SANDBOX_FEED', ['local', 'open']) ?? 'local',
    },
    rateLimits: env.choice('FANFARE_RATE_LIMITS', ['on', 'off']) !== 'off',
    allowPrivateAddresses: readAllowPrivate(env),
    trustedProxies: readTrustedProxies(env),
    contentGateway: readContentGateway(env),
    storageBytesMax: megabytes(env.number('FANFARE_STORAGE_LIMIT_MB', { min: 1, max: 1_000_000_000 })),
    planSlots: env.number('FANFARE_PLAN_SLOTS', { min: 1, max: 1_000_000_000 }),
    media: readMedia(env, dataDir),
    valkeyUrl: env.url('VALKEY_URL', ['redis:', 'rediss:', 'valkey:', 'valkeys:']),
    mail: readMail(env),
    networks: readNetworks(env, networkIds),
    metricsToken: env.text('FANFARE_METRICS_TOKEN'),
    logLevel: env.choice('FANFARE_LOG_LEVEL', logLevels) ?? 'info',
    warnings: env
      .namesStartingWith('FANFARE_')
      .filter((name) => !ownNames.has(name))
      .map((name) => `${name} is set, but Fanfare has no such setting.`),
  }
  if (env.problems.length > 0) throw new ConfigError(env.problems)
  return config
}

function readRole(args: string[], problems: string[]): Role {
  try {
    const { values } = parseArgs({ args, options: { role: { type: 'string', default: 'all' } } })
    const role = roles.find((one) => one === values.role)
    if (role) return role
    problems.push(`--role is "${values.role}"; it must be one of: ${roles.join(', ')}.`)
  } catch (error) {
    problems.push(`${(error as Error).message}. The only option is --role ${roles.join('|')}.`)
  }
  return 'all'
}

function readDatabase(env: EnvironmentReader, dataDir: string): DatabaseConfig {
  const schemes = ['postgres:', 'postgresql:']
  const url = env.url('DATABASE_URL', schemes)
  const directUrl = env.url('DATABASE_DIRECT_URL', schemes)
  if (directUrl && !env.text('DATABASE_URL'))
    env.problems.push('DATABASE_DIRECT_URL is set without DATABASE_URL; set both or neither.')
  return url
    ? { kind: 'external', url, directUrl: directUrl ?? url }
    : { kind: 'embedded', folder: join(dataDir, 'postgres') }
}

function readSecretKeys(env: EnvironmentReader): string[] | null {
  const keys = env.list('FANFARE_SECRET_KEY')
  if (keys?.some((key) => key.length < 32))
    env.problems.push(
      'FANFARE_SECRET_KEY must have at least 32 characters (each, when there are several, separated by commas).',
    )
  return keys
}

function readFirstUser(env: EnvironmentReader): Config['firstUser'] {
  const email = env.text('FANFARE_ADMIN_EMAIL')
  const password = env.text('FANFARE_ADMIN_PASSWORD')
  if (email && password) return { email, password }
  if (email || password)
    env.problems.push(
      'FANFARE_ADMIN_EMAIL and FANFARE_ADMIN_PASSWORD belong together: set both, or neither and use the set-up link.',
    )
  return null
}

function readContentGateway(env: EnvironmentReader): Config['contentGateway'] {
  const jwksUrl = env.url('FANFARE_CONTENT_JWKS_URL', ['https:', 'http:'])
  const name = env.text('FANFARE_CONTENT_ISSUER')
  if (Boolean(name) !== Boolean(env.text('FANFARE_CONTENT_JWKS_URL')))
    env.problems.push(
      'FANFARE_CONTENT_JWKS_URL and FANFARE_CONTENT_ISSUER belong together: set both, or neither.',
    )
  const issuer = name && jwksUrl ? { name, jwksUrl } : null
  return { key: env.text('FANFARE_CONTENT_GATEWAY_KEY'), issuer }
}

function readAllowPrivate(env: EnvironmentReader): boolean | string[] {
  const ranges = env.list('FANFARE_ALLOW_PRIVATE_ADDRESSES')
  if (!ranges) return false
  if (ranges.length === 1 && /^(1|true|0|false)$/i.test(ranges[0] as string))
    return /^(1|true)$/i.test(ranges[0] as string)
  for (const range of ranges)
    if (!ipaddr.isValidCIDR(range))
      env.problems.push(
        `FANFARE_ALLOW_PRIVATE_ADDRESSES holds "${range}"; it must be 1, or ranges like 10.0.0.0/8 separated by commas.`,
      )
  return ranges
}

function readTrustedProxies(env: EnvironmentReader): Config['trustedProxies'] {
  const given = env.list('FANFARE_TRUST_PROXY')
  if (!given || (given.length === 1 && /^(off|false|no|0)$/i.test(given[0] as string))) return null
  if (given.length === 1 && /^[1-9]$/.test(given[0] as string)) return { hops: Number(given[0]) }
  for (const range of given)
    if (isIP(range) === 0 && !ipaddr.isValidCIDR(range))
      env.problems.push(
        `FANFARE_TRUST_PROXY holds "${range}"; it must be how many proxies there are, from 1 to 9, or their addresses or ranges like 10.0.0.0/8, separated by commas.`,
      )
  return { ranges: given }
}

function readMedia(env: EnvironmentReader, dataDir: string): MediaConfig {
  if (env.namesStartingWith('S3_').length === 0) return { kind: 'folder', folder: join(dataDir, 'media') }
  const need = (name: string) => {
    const value = env.text(name)
    if (value === null) env.problems.push(`${name} is missing; media go to S3 because another S3_* is set.`)
    return value ?? ''
  }
  const endpoint = env.address('S3_ENDPOINT')
  const pathStyle = env.choice('S3_PATH_STYLE', ['on', 'off'])
  return {
    kind: 's3',
    endpoint,
    region: env.text('S3_REGION') ?? 'us-east-1',
    bucket: need('S3_BUCKET'),
    accessKeyId: need('S3_ACCESS_KEY_ID'),
    secretAccessKey: need('S3_SECRET_ACCESS_KEY'),
    pathStyle: pathStyle ? pathStyle === 'on' : endpoint !== null,
    directUploads: env.choice('S3_DIRECT_UPLOADS', ['on', 'off']) === 'on',
  }
}

/** Most mail servers take mail from the user who logs in, so that is the sender unless another one is named. */
function readMail(env: EnvironmentReader): Config['mail'] {
  const url = env.url('SMTP_URL', ['smtp:', 'smtps:'])
  const named = env.text('FANFARE_MAIL_FROM')
  if (named && !/^([^<>@\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(named))
    env.problems.push(`FANFARE_MAIL_FROM is "${named}"; it must be like Fanfare <fanfare@example.org>.`)
  if (!url) return null
  const user = decodeURIComponent(new URL(url).username)
  const from = named ?? (user.includes('@') ? `Fanfare <${user}>` : null)
  if (!from) env.problems.push('SMTP_URL is set, but not who mail comes from: set FANFARE_MAIL_FROM, too.')
  return { url, from: from ?? '' }
}

function readNetworks(env: EnvironmentReader, networkIds: Iterable<string>): Map<string, NetworkConfig> {
  const networks = new Map<string, NetworkConfig>()
  for (const id of networkIds) {
    const prefix = id.toUpperCase().replaceAll(/\W/g, '_')
    const clientId = env.text(`${prefix}_CLIENT_ID`)
    const clientSecret = env.text(`${prefix}_CLIENT_SECRET`)
    if (clientSecret && !clientId)
      env.problems.push(`${prefix}_CLIENT_SECRET is set without ${prefix}_CLIENT_ID.`)
    networks.set(id, {
      app: clientId ? { clientId, clientSecret } : null,
      baseUrl: env.address(`${prefix}_BASE_URL`),
    })
  }
  return networks
}

const megabytes = (count: number | null) => (count === null ? null : count * 1_000_000)

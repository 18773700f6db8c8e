import { expect, test } from 'vitest'
import { ConfigError, decideConfig } from './config.ts'

const decide = (variables: Record<string, string>, args: string[] = []) =>
  decideConfig(variables, args, ['bluesky', 'twitter'])

function problemsOf(variables: Record<string, string>, args: string[] = []): string[] {
  try {
    decide(variables, args)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('nothing set is a whole server for one machine in test mode', () => {
  expect(decide({})).toMatchObject({
    role: 'all',
    host: '127.0.0.1',
    port: 8007,
    publicUrl: null,
    database: { kind: 'embedded', folder: `${process.cwd()}/data/postgres` },
    media: { kind: 'folder', folder: `${process.cwd()}/data/media` },
    secretKeys: null,
    firstUser: null,
    firstWorkspaceMode: 'sandbox',
    rateLimits: true,
    allowPrivateAddresses: false,
    warnings: [],
  })
})

test('an empty variable counts as unset', () => {
  expect(decide({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({
    port: 8007,
    database: { kind: 'embedded' },
  })
})

test('every bad value is told at once, and no secret with it', () => {
  const problems = problemsOf(
    {
      PORT: '80x',
      FANFARE_PUBLIC_URL: 'social.example.org',
      DATABASE_URL: 'mysql://root:hunter2@db/fanfare',
      FANFARE_SECRET_KEY: 'hunter2',
      FANFARE_ADMIN_EMAIL: 'ada@example.org',
      FANFARE_ALLOW_PRIVATE_ADDRESSES: '10.0.0.0/8, intranet',
      S3_BUCKET: 'media',
      TWITTER_CLIENT_SECRET: 'hunter2',
    },
    ['--role', 'king'],
  )
  const text = problems.join('\n')
  for (const name of [
    'PORT',
    'FANFARE_PUBLIC_URL',
    'DATABASE_URL',
    'FANFARE_SECRET_KEY',
    'FANFARE_ADMIN_PASSWORD',
    'intranet',
    'S3_ACCESS_KEY_ID',
    'S3_SECRET_ACCESS_KEY',
    'TWITTER_CLIENT_ID',
    '--role',
  ])
    expect(text).toContain(name)
  expect(text).not.toContain('hunter2')
})

test('an outside issuer has a name and an address of its keys, or there is none', () => {
  expect(
    decide({
      FANFARE_CONTENT_JWKS_URL: 'https://auth.example.org/jwks?v=1',
      FANFARE_CONTENT_ISSUER: 'https://auth.example.org/',
    }).contentGateway,
  ).toEqual({
    key: null,
    issuer: { name: 'https://auth.example.org/', jwksUrl: 'https://auth.example.org/jwks?v=1' },
  })
  expect(problemsOf({ FANFARE_CONTENT_ISSUER: 'https://auth.example.org' })).toHaveLength(1)
  expect(problemsOf({ FANFARE_CONTENT_JWKS_URL: 'https://auth.example.org/jwks' })).toHaveLength(1)
  expect(
    problemsOf({ FANFARE_CONTENT_JWKS_URL: 'ftp://auth.example.org', FANFARE_CONTENT_ISSUER: 'us' }),
  ).toHaveLength(1)
})

test('a network has its app and its address from the environment', () => {
  const { networks } = decide({
    TWITTER_CLIENT_ID: 'id',
    TWITTER_CLIENT_SECRET: 'secret',
    BLUESKY_BASE_URL: 'http://127.0.0.1:2583/',
  })
  expect(networks.get('twitter')).toEqual({ app: { clientId: 'id', clientSecret: 'secret' }, baseUrl: null })
  expect(networks.get('bluesky')).toEqual({ app: null, baseUrl: 'http://127.0.0.1:2583' })
})

test('a database on a unix socket, and a second address past a pooler', () => {
  const url = 'postgresql://fanfare@/fanfare?host=/run/postgresql'
  expect(decide({ DATABASE_URL: url }).database).toEqual({ kind: 'external', url, directUrl: url })
  const directUrl = 'postgres://db:5432/fanfare'
  expect(decide({ DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl }).database).toMatchObject({ directUrl })
  expect(problemsOf({ DATABASE_DIRECT_URL: directUrl })).toHaveLength(1)
})

test('keys are rotated by putting the new one first', () => {
  const [current, older] = ['n'.repeat(40), 'o'.repeat(40)]
  expect(decide({ FANFARE_SECRET_KEY: `${current}, ${older}` }).secretKeys).toEqual([current, older])
})

test('proxies are believed by count or by address, and by default none is', () => {
  const trusted = (FANFARE_TRUST_PROXY: string) => decide({ FANFARE_TRUST_PROXY }).trustedProxies
  expect(decide({}).trustedProxies).toBeNull()
  expect(trusted('off')).toBeNull()
  expect(trusted('2')).toEqual({ hops: 2 })
  expect(trusted('10.0.0.0/8, 192.0.2.7 ::1')).toEqual({ ranges: ['10.0.0.0/8', '192.0.2.7', '::1'] })
  for (const bad of ['true', 'everyone', '10', '10.0.0.0/99', '1,2'])
    expect(problemsOf({ FANFARE_TRUST_PROXY: bad }).join()).toContain('FANFARE_TRUST_PROXY')
})

test('mail comes from the user who logs in, unless another sender is named', () => {
  const url = 'smtp://ada%40example.org:hunter2@mail.example.org:587'
  expect(decide({}).mail).toBeNull()
  expect(decide({ SMTP_URL: url }).mail).toEqual({ url, from: 'Fanfare <ada@example.org>' })
  const named = { SMTP_URL: 'smtp://mail', FANFARE_MAIL_FROM: 'News <news@example.org>' }
  expect(decide(named).mail).toEqual({ url: 'smtp://mail', from: 'News <news@example.org>' })
  expect(problemsOf({ SMTP_URL: 'smtp://mail' }).join()).toContain('FANFARE_MAIL_FROM')
  expect(problemsOf({ ...named, FANFARE_MAIL_FROM: 'News' }).join()).toContain('FANFARE_MAIL_FROM')
})

test('a name with our prefix that is no setting is pointed out', () => {
  expect(decide({ FANFARE_PUBLIC_URI: 'x' }).warnings).toEqual([
    'FANFARE_PUBLIC_URI is set, but Fanfare has no such setting.',
  ])
})

/**
 * Networks that live in the test: what they answer is set by hand, and every call they get is remembered. For stories
 * about accounts, where the conversation with a real network is beside the point.
 */
import { createHash } from 'node:crypto'
import { Type } from 'typebox'
import type { Limits } from '../server/domain/limits.ts'
import type {
  AccountContext,
  AccountProfile,
  ConnectContext,
  Connected,
  CredentialsConnect,
  Done,
  Json,
  Network,
  OAuthConnect,
  Outcome,
} from '../server/networks/network.ts'

export interface Script {
  /** What the next consent or credential opens. */
  opens: Outcome<Connected[]>
  probes: Outcome<AccountProfile>
  revokes: Done
  /** Runs before a revoke answers. */
  whileRevoking: () => Promise<void>
  /** Runs before an exchange or a log-in answers. */
  whileOpening: () => Promise<void>
  calls: { what: string; origin: string; secret?: Json; app?: Json; detail?: Json }[]
}

/** One outside account. Its token is recognisable, so that a test can search for it where it must not be. */
export const outside = (id: string, more: Partial<Connected> = {}): Connected => ({
  externalId: id,
  kind: 'profile',
  name: `Name of ${id}`,
  handle: `@${id}`,
  profileImageUrl: `https://example.com/${id}.png`,
  profileUrl: `https://example.com/${id}`,
  secret: { accessToken: `hush-access-${id}`, refreshToken: `hush-refresh-${id}` },
  tokenExpiresAt: new Date('2030-01-01T00:00:00Z'),
  scopes: ['write'],
  settings: { shard: 'seven' },
  metadata: { category: 'Bakery' },
  ...more,
})

/** `square` has a consent page with PKCE and a server of the account's own; `circle` takes a password. */
export function scriptedNetworks() {
  const script: Script = {
    opens: { outcome: 'done', value: [outside('ada')] },
    probes: { outcome: 'done', value: outside('ada') },
    revokes: { outcome: 'done', value: null },
    whileRevoking: async () => undefined,
    whileOpening: async () => undefined,
    calls: [],
  }
  const seen = (what: string, ctx: ConnectContext | AccountContext, detail?: Json, secret?: Json) =>
    void script.calls.push({ what, origin: ctx.origin(), app: ctx.app as unknown as Json, detail, secret })
  const revoke = async (ctx: AccountContext): Promise<Done> => {
    seen('revoke', ctx, null, await ctx.secret.current())
    await script.whileRevoking()
    return script.revokes
  }

  const oauth: OAuthConnect = {
    kind: 'oauth',
    pkce: true,
    scopes: ['write'],
    settings: Type.Object({ instanceUrl: Type.Optional(Type.String()) }, { additionalProperties: false }),
    authorizeUrl(ctx, { redirectUri, state, codeChallenge }) {
      const url = new URL(`${ctx.origin()}/authorize`)
      url.searchParams.set('client_id', ctx.app?.clientId ?? '')
      url.searchParams.set('redirect_uri', redirectUri)
      url.searchParams.set('state', state)
      url.searchParams.set('code_challenge', codeChallenge)
      return url.href
    },
    async exchange(ctx, grant) {
      const challenge = createHash('sha256').update(grant.codeVerifier).digest('base64url')
      seen('exchange', ctx, { code: grant.code, redirectUri: grant.redirectUri, challenge })
      await script.whileOpening()
      return script.opens
    },
    refreshBeforeMs: null,
    revoke,
  }
  const password: CredentialsConnect = {
    kind: 'credentials',
    credentials: Type.Object(
      { identifier: Type.String({ minLength: 1 }), appPassword: Type.String({ minLength: 4 }) },
      { additionalProperties: false },
    ),
    async open(ctx, credentials) {
      seen('open', ctx, credentials)
      await script.whileOpening()
      return script.opens
    },
    revoke,
  }
  const network = (id: string, name: string, connect: Network['connect']): Network => ({
    id,
    name,
    origins: { api: `https://${id}.example` },
    limits,
    options: Type.Object({}),
    connect,
    recovery: { writeTimeoutMs: 1000, settleMs: 1000, repeatableMs: 0 },
    prepare: async () => ({ outcome: 'ready', prepared: null }),
    plan: () => [],
    commit: async () => ({ outcome: 'unknown', why: 'scripted' }),
    lookup: async () => ({ outcome: 'unknown', why: 'scripted' }),
    async probe(ctx) {
      seen('probe', ctx, null, await ctx.secret.current())
      return script.probes
    },
  })
  return {
    script,
    square: { ...network('square', 'Square', oauth), serverSetting: 'instanceUrl' },
    circle: network('circle', 'Circle', password),
  }
}

const limits: Limits = {
  text: { unit: 'codepoints', max: 500, required: false },
  link: 'text',
  contentTypes: ['text', 'image'],
  mediaMax: 4,
  mediaRequired: false,
  mixedMedia: false,
  image: { mimeTypes: ['image/png'], bytesMax: 1_000_000, countMax: 4 },
  video: null,
  document: null,
  altTextMax: 1000,
  titleMax: null,
  hashtagsMax: null,
  threads: false,
  firstComment: false,
  pullsMedia: false,
}

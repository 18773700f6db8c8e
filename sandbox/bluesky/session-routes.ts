import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import { missingKey, refuse, tooMany } from './refusals.ts'
import { type Account, accountOf, findAccount, handleFrom } from './state.ts'
import type { Tokens } from './tokens.ts'

/** Signing in, per account: 30 in 5 minutes, 300 a day (createSession.ts, pds 0.5.35). */
const signInLimits = [
  { limit: 30, windowMs: 300_000 },
  { limit: 300, windowMs: 86_400_000 },
]

/** Signing in and out. Anyone is let in under any handle, except with a password that begins with one of these words. */
const refusedWords = ['invalid', 'expired', 'revoked', 'wrong']

export function sessionRoutes(app: FastifyInstance, world: World, tokens: Tokens) {
  const budgets = signInLimits.map((rule) => ({ rule, window: world.rateLimit(rule) }))
  const named = (operation: string) => ({ config: { simulated: { operation } } })

  app.post('/xrpc/com.atproto.server.createSession', named('createSession'), async (request) => {
    const { identifier, password } = (request.body ?? {}) as { identifier?: string; password?: string }
    if (identifier === undefined) throw missingKey('identifier')
    if (password === undefined) throw missingKey('password')
    for (const { rule, window } of budgets) {
      const taken = window.take(identifier)
      if (!taken.allowed) throw new Refused(tooMany(taken.resetAt, rule.limit, rule.windowMs))
    }
    const handle = identifier.startsWith('did:')
      ? (findAccount(world, identifier)?.handle ?? null)
      : handleFrom(identifier)
    if (!handle || password === '' || refusedWords.some((word) => password.startsWith(word)))
      throw refuse(401, 'AuthenticationRequired', 'Invalid identifier or password')
    if (password.startsWith('main'))
      throw refuse(401, 'AuthFactorTokenRequired', 'A sign in code has been sent to your email address')
    const account = accountOf(world, handle)
    return { ...tokens.openSession(account), ...about(account, request) }
  })

  app.post('/xrpc/com.atproto.server.refreshSession', named('refreshSession'), async (request) => {
    const { account, tokens: fresh } = tokens.rotate(request)
    return { ...fresh, ...about(account, request) }
  })

  app.get('/xrpc/com.atproto.server.getSession', named('getSession'), async (request) =>
    about(tokens.account(request), request),
  )

  app.post('/xrpc/com.atproto.server.deleteSession', named('deleteSession'), async (request, reply) => {
    tokens.endSession(request)
    return reply.code(200).send()
  })

  app.get<{ Querystring: Record<string, string> }>(
    '/xrpc/com.atproto.server.getServiceAuth',
    named('getServiceAuth'),
    async (request) => {
      const account = tokens.account(request)
      const { aud = '', lxm = '', exp } = request.query
      const soon = Math.floor(world.now().getTime() / 1000) + 60
      return { token: tokens.serviceToken(account, aud, lxm, exp === undefined ? soon : Number(exp)) }
    },
  )

  app.get('/xrpc/com.atproto.server.describeServer', named('describeServer'), async () => ({
    did: 'did:web:bluesky.sandbox.test',
    availableUserDomains: ['.test'],
    inviteCodeRequired: false,
    links: {},
    contact: {},
  }))

  const about = (account: Account, request: FastifyRequest) => ({
    did: account.did,
    didDoc: didDocument(world, account, request),
    handle: account.handle,
    email: `${account.handle}@example.test`,
    emailConfirmed: true,
    active: true,
  })
}

export const didDocument = (world: World, account: Account, request: FastifyRequest) => ({
  '@context': ['https://www.w3.org/ns/did/v1'],
  id: account.did,
  alsoKnownAs: [`at://${account.handle}`],
  verificationMethod: [],
  service: [
    {
      id: '#atproto_pds',
      type: 'AtprotoPersonalDataServer',
      serviceEndpoint: world.ownUrl(request, '').replace(/\/$/, ''),
    },
  ],
})

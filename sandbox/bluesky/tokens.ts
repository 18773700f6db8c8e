import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { Refused } from '../answer.ts'
import type { World } from '../simulator.ts'
import { authMissing, expiredToken, invalidToken, revokedToken } from './refusals.ts'
import { type Account, tables } from './state.ts'

/** pds 0.5.35, account-manager/helpers/auth.ts */
const accessMs = 2 * 3_600_000
const refreshMs = 90 * 24 * 3_600_000
const graceMs = 2 * 3_600_000
const serviceDid = 'did:web:bluesky.sandbox.test'

interface Claims {
  scope?: string
  sub?: string
  iss?: string
  aud?: string
  lxm?: string
  jti?: string
  iat: number
  exp: number
}

/** Signs and reads tokens of the shape the real server uses: access for two hours, refresh for ninety days. */
export function createTokens(world: World) {
  const { accounts, sessions, expired, secrets } = tables(world)
  const key = () => secrets.get('jwt') ?? secrets.put('jwt', world.randomHex(32))
  const seconds = () => Math.floor(world.now().getTime() / 1000)

  function sign(type: string, claims: Omit<Claims, 'iat'>): string {
    const head = encode({ typ: type, alg: 'HS256' })
    const body = encode({ ...claims, iat: seconds() })
    return `${head}.${body}.${signature(`${head}.${body}`)}`
  }

  const signature = (text: string) => createHmac('sha256', key()).update(text).digest('base64url')

  function read(request: FastifyRequest): { token: string; claims: Claims } {
    const header = request.headers.authorization
    if (!header) throw authMissing()
    const token = /^Bearer (.+)$/.exec(header)?.[1]
    const [head, body, signed] = token?.split('.') ?? []
    if (!token || !head || !body || !signed || !isEqual(signed, signature(`${head}.${body}`)))
      throw invalidToken()
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims
    return { token, claims }
  }

  function open(account: Account, sessionId: string) {
    const refreshExp = seconds() + refreshMs / 1000
    return {
      accessJwt: sign('at+jwt', {
        scope: 'com.atproto.appPass',
        aud: serviceDid,
        sub: account.did,
        jti: world.randomHex(6),
        exp: seconds() + accessMs / 1000,
      }),
      refreshJwt: sign('refresh+jwt', {
        scope: 'com.atproto.refresh',
        aud: serviceDid,
        sub: account.did,
        jti: sessionId,
        exp: refreshExp,
      }),
    }
  }

  function newSession(did: string): string {
    const id = world.randomHex(16)
    const expiresAt = new Date(world.now().getTime() + refreshMs).toISOString()
    sessions.put(id, { did, expiresAt, nextId: null })
    return id
  }

  function refreshClaims(request: FastifyRequest) {
    const { claims } = read(request)
    if (claims.scope !== 'com.atproto.refresh') throw invalidToken()
    return { did: String(claims.sub), id: String(claims.jti) }
  }

  return {
    openSession: (account: Account) => open(account, newSession(account.did)),

    /** The account of an access token. */
    account(request: FastifyRequest): Account {
      const { token, claims } = read(request)
      const account = accounts.get(String(claims.sub))
      if (claims.scope !== 'com.atproto.appPass' || !account) throw invalidToken()
      const isDead = claims.iat * 1000 < account.tokensFrom || expired.get(hash(token)) === true
      if (isDead || claims.exp <= seconds()) throw new Refused(expiredToken)
      return account
    },

    /** Ends one session and begins the next; the old token leads to the same next one for two hours. */
    rotate(request: FastifyRequest) {
      const { did, id } = refreshClaims(request)
      const session = sessions.get(id)
      const account = accounts.get(did)
      if (!session || !account || session.expiresAt <= world.now().toISOString()) throw revokedToken()
      const nextId = session.nextId ?? newSession(did)
      const graceEnds = new Date(world.now().getTime() + graceMs).toISOString()
      const expiresAt = session.nextId ? session.expiresAt : graceEnds
      sessions.put(id, { ...session, nextId, expiresAt })
      return { account, tokens: open(account, nextId) }
    },

    endSession(request: FastifyRequest) {
      const { id } = refreshClaims(request)
      const next = sessions.get(id)?.nextId
      sessions.delete(id)
      if (next) sessions.delete(next)
    },

    /** An account's word for another service: for one method, for a while. */
    serviceToken: (account: Account, audience: string, method: string, expiresAt: number) =>
      sign('JWT', { iss: account.did, aud: audience, lxm: method, exp: expiresAt, jti: world.randomHex(6) }),

    /** Who speaks to a service with such a word; refused when it was given for another method or ran out. */
    spokenFor(request: FastifyRequest, method: string): string {
      const { claims } = read(request)
      if (claims.lxm !== method || !claims.iss) throw invalidToken()
      if (claims.exp <= seconds()) throw new Refused(expiredToken)
      return claims.iss
    },

    /** The token of this request is dead from now on; the session stays. */
    expire(request: FastifyRequest) {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
      if (token) expired.put(hash(token), true)
    },
  }
}

export type Tokens = ReturnType<typeof createTokens>

/** All sessions of an account end, and its access tokens with them. */
export function revokeAll(world: World, did: string) {
  const { accounts, sessions } = tables(world)
  for (const [id, session] of sessions.entries()) if (session.did === did) sessions.delete(id)
  const account = accounts.get(did)
  // Tokens carry whole seconds: the next one may only be issued in the next second.
  if (account) accounts.put(did, { ...account, tokensFrom: world.now().getTime() + 1000 })
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hash = (token: string) => createHash('sha256').update(token).digest('base64url')

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

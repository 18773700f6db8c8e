import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { send } from './answer.ts'
import { consentPage, refusalPage } from './consent-page.ts'
import type { Person } from './people.ts'
import type { Table } from './store.ts'

/**
 * The OAuth 2 authorization code flow of a simulated network: consent page, single-use codes, PKCE, access tokens that
 * expire, refresh tokens that rotate, revocation. The network writes its own token and revocation routes around it,
 * with its own shapes and errors.
 */
export interface OAuthRules {
  /** Whom a person may be on the consent page, and what belongs to them. */
  people: Person[]
  /** What a page is called here: `page`, `board`, `channel`. Absent: people have none to choose. */
  pageWord?: string
  pkce: 'required' | 'optional' | 'ignored'
  scopeSeparator: ' ' | ','
  codeMs: number
  /** Null: access tokens do not expire. */
  accessTokenMs: number | null
  /** `single_use`: each use brings a new one, and using a spent one ends the grant. `reusable`: it stays. */
  refreshTokens: 'none' | 'single_use' | 'reusable'
  refreshTokenMs: number | null
}

export interface Grant {
  id: string
  clientId: string
  person: Person
  /** Ids of `person.pages` that were ticked. */
  pageIds: string[]
  scopes: string[]
  revoked: boolean
}

export interface Tokens {
  accessToken: string
  /** Seconds; null: does not expire. */
  expiresIn: number | null
  refreshToken: string | null
  refreshExpiresIn: number | null
  grant: Grant
}

export type Redeemed =
  | { outcome: 'done'; tokens: Tokens }
  | { outcome: 'refused'; error: 'invalid_grant' | 'invalid_request'; why: string }

export type Checked = { outcome: 'valid'; grant: Grant } | { outcome: 'expired' | 'revoked' | 'unknown' }

export interface OAuth {
  /** Mounts the consent page: GET shows it (or skips it), POST takes its answer. */
  authorizeRoute(app: FastifyInstance, path: string, words?: AuthorizeWords): void
  redeem(request: { code?: string; clientId?: string; redirectUri?: string; codeVerifier?: string }): Redeemed
  refresh(request: { refreshToken?: string; clientId?: string }): Redeemed
  /** New tokens without a consent page: an exchanged long-lived token, a session opened with a password. */
  issue(who: {
    person: Person
    clientId: string
    scopes: string[]
    pageIds?: string[]
    accessTokenMs?: number | null
  }): Tokens
  /**
   * Whose token this is. A token the sandbox never issued belongs to a made-up person of that name, so that a test can
   * connect with any word as a token; words that begin with `invalid`, `expired` or `revoked` are what they say.
   */
  check(accessToken: string | undefined): Checked
  /** `#fail:expired`: this access token is worth nothing from now on; its refresh token is. */
  expire(accessToken: string | undefined): void
  /** All access tokens of a person have run out. */
  expireAllOf(personId: string): void
  /** Ends the grant an access or refresh token belongs to. False when there is none. */
  revoke(token: string | undefined): boolean
}

/** How the network spells the parameters of its authorize address. */
export interface AuthorizeWords {
  clientId?: string
  /** Codes that the network puts in the redirect when the person says no. */
  denied?: { error: string; description: string }
  operation?: string
}

interface Code {
  grantId: string
  redirectUri: string
  challenge: string | null
  method: string
  expiresAt: number
}

interface Token {
  kind: 'access' | 'refresh'
  grantId: string
  expiresAt: number | null
  spent: boolean
}

/** Whether the redirect may go there: only to the server this sandbox belongs to, so that it is no open redirect. */
export type RedirectRule = (uri: string) => boolean

/** What the flow needs of the world it runs in. */
export interface OAuthWorld {
  now(): Date
  table<T>(name: string, options?: { max?: number }): Table<T>
  randomHex(bytes?: number): string
}

export function createOAuth(world: OAuthWorld, rules: OAuthRules, mayRedirect: RedirectRule): OAuth {
  const codes = world.table<Code>('oauth_codes', { max: 500 })
  const grants = world.table<Grant>('oauth_grants')
  const tokens = world.table<Token>('oauth_tokens', { max: 5_000 })
  const time = () => world.now().getTime()

  function authorizeRoute(app: FastifyInstance, path: string, words: AuthorizeWords = {}) {
    const config = { simulated: { operation: words.operation ?? 'authorize' } }
    app.get(path, { config }, (request, reply) => {
      const asked = request.query as Record<string, string>
      const read = readAsked(asked, words)
      if ('refused' in read) return send(reply, refusalPage(read.refused))
      const skip = asked.sandbox_consent
      if (skip === 'deny') return reply.redirect(denied(read, words), 302)
      if (skip === 'allow') return reply.redirect(allowed(read, chosenIn(asked)), 302)
      return send(reply, consentPage({ ...rules, clientId: read.clientId, scopes: read.scopes, asked }))
    })
    app.post(path, { config }, (request, reply) => {
      const form = request.body as Record<string, string | string[]>
      const asked = Object.fromEntries(new URLSearchParams(String(form.asked ?? '')))
      const read = readAsked(asked, words)
      if ('refused' in read) return send(reply, refusalPage(read.refused))
      if (form.decision !== 'allow') return reply.redirect(denied(read, words), 302)
      return reply.redirect(allowed(read, { person: String(form.person), pages: listOf(form.pages) }), 302)
    })
  }

  function readAsked(asked: Record<string, string>, words: AuthorizeWords): Asked | { refused: string } {
    const clientId = asked[words.clientId ?? 'client_id']
    const redirectUri = asked.redirect_uri
    if (!clientId) return { refused: `The address has no ${words.clientId ?? 'client_id'}.` }
    if (!redirectUri || !mayRedirect(redirectUri))
      return {
        refused: `redirect_uri must be an address of this server or of this machine, not ${redirectUri ?? 'absent'}.`,
      }
    if (asked.response_type !== 'code') return { refused: 'response_type must be "code".' }
    if (rules.pkce === 'required' && !asked.code_challenge)
      return { refused: 'This network requires PKCE: code_challenge is missing.' }
    return {
      clientId,
      redirectUri,
      state: asked.state,
      scopes: (asked.scope ?? '').split(rules.scopeSeparator).filter(Boolean),
      challenge: rules.pkce === 'ignored' ? null : (asked.code_challenge ?? null),
      method: asked.code_challenge_method ?? 'plain',
    }
  }

  function allowed(asked: Asked, chosen: Chosen) {
    const person = chosen.name
      ? madeUpPerson(chosen.name)
      : (rules.people.find(({ id }) => id === chosen.person) ?? (rules.people[0] as Person))
    const grant = newGrant({
      person,
      clientId: asked.clientId,
      scopes: asked.scopes,
      pageIds: (person.pages ?? []).map(({ id }) => id).filter((id) => chosen.pages?.includes(id) ?? true),
    })
    const code = `code-${world.randomHex(16)}`
    codes.put(code, {
      grantId: grant.id,
      redirectUri: asked.redirectUri,
      challenge: asked.challenge,
      method: asked.method,
      expiresAt: time() + rules.codeMs,
    })
    return withQuery(asked.redirectUri, { code, state: asked.state })
  }

  function denied(asked: Asked, words: AuthorizeWords) {
    const { error, description } = words.denied ?? {
      error: 'access_denied',
      description: 'The user denied the request',
    }
    return withQuery(asked.redirectUri, { error, error_description: description, state: asked.state })
  }

  function redeem(request: Parameters<OAuth['redeem']>[0]): Redeemed {
    const found = request.code === undefined ? undefined : codes.get(request.code)
    if (!found || request.code === undefined) return refused('The code is unknown or was used before')
    codes.delete(request.code) // single use, whatever comes of it
    const grant = grants.get(found.grantId)
    if (!grant || found.expiresAt <= time()) return refused('The code has expired')
    if (grant.clientId !== request.clientId) return refused('The code was issued to another client')
    if (found.redirectUri !== request.redirectUri)
      return refused('redirect_uri differs from the one the code was issued for')
    if (found.challenge !== null && !provesPossession(found, request.codeVerifier))
      return refused('code_verifier does not match code_challenge')
    return { outcome: 'done', tokens: tokensFor(grant, rules.accessTokenMs) }
  }

  function refresh(request: Parameters<OAuth['refresh']>[0]): Redeemed {
    const key = request.refreshToken ?? ''
    const found = tokens.get(key)
    const grant = found && grants.get(found.grantId)
    if (!found || !grant || found.kind !== 'refresh' || grant.revoked)
      return refused('The refresh token is unknown or revoked')
    if (found.expiresAt !== null && found.expiresAt <= time()) return refused('The refresh token has expired')
    if (request.clientId !== undefined && grant.clientId !== request.clientId)
      return refused('The refresh token was issued to another client')
    if (found.spent) {
      grants.put(grant.id, { ...grant, revoked: true })
      return refused('The refresh token was used before; the whole grant is revoked now')
    }
    if (rules.refreshTokens === 'single_use') tokens.put(key, { ...found, spent: true })
    return {
      outcome: 'done',
      tokens: tokensFor(grant, rules.accessTokenMs, rules.refreshTokens === 'reusable' ? key : undefined),
    }
  }

  function newGrant(who: Omit<Grant, 'id' | 'revoked'>): Grant {
    const id = world.randomHex(8)
    return grants.put(id, { ...who, id, revoked: false })
  }

  function tokensFor(grant: Grant, accessTokenMs: number | null, keptRefreshToken?: string): Tokens {
    const accessToken = issueToken('access', grant.id, accessTokenMs)
    const refreshToken =
      keptRefreshToken ??
      (rules.refreshTokens === 'none' ? null : issueToken('refresh', grant.id, rules.refreshTokenMs))
    const seconds = (ms: number | null) => (ms === null ? null : Math.floor(ms / 1000))
    return {
      accessToken,
      expiresIn: seconds(accessTokenMs),
      refreshToken,
      refreshExpiresIn: refreshToken === null ? null : seconds(rules.refreshTokenMs),
      grant,
    }
  }

  function issueToken(kind: Token['kind'], grantId: string, lifeMs: number | null): string {
    const token = `${issuedPrefix}${kind}-${world.randomHex(20)}`
    tokens.put(token, { kind, grantId, expiresAt: lifeMs === null ? null : time() + lifeMs, spent: false })
    return token
  }

  function check(accessToken: string | undefined): Checked {
    const token = accessToken?.trim()
    if (!token) return { outcome: 'unknown' }
    const found = tokens.get(token)
    if (found) {
      const grant = grants.get(found.grantId)
      if (!grant || grant.revoked || found.kind !== 'access') return { outcome: 'revoked' }
      if (found.expiresAt !== null && found.expiresAt <= time()) return { outcome: 'expired' }
      return { outcome: 'valid', grant }
    }
    if (token.startsWith(issuedPrefix) || /^(invalid|revoked)/i.test(token)) return { outcome: 'unknown' }
    if (/^expired/i.test(token)) return { outcome: 'expired' }
    return { outcome: 'valid', grant: madeUpGrant(token) }
  }

  return {
    authorizeRoute,
    redeem,
    refresh,
    issue({ accessTokenMs = rules.accessTokenMs, ...who }) {
      return tokensFor(newGrant({ ...who, pageIds: who.pageIds ?? [] }), accessTokenMs)
    },
    check,
    expire(accessToken) {
      const found = tokens.get(accessToken ?? '')
      if (accessToken && found) tokens.put(accessToken, { ...found, expiresAt: time() })
    },
    expireAllOf(personId) {
      for (const [key, token] of tokens.entries())
        if (token.kind === 'access' && grants.get(token.grantId)?.person.id === personId)
          tokens.put(key, { ...token, expiresAt: time() })
    },
    revoke(token) {
      const found = tokens.get(token ?? '')
      const grant = found && grants.get(found.grantId)
      if (!grant) return false
      grants.put(grant.id, { ...grant, revoked: true })
      return true
    },
  }
}

const issuedPrefix = 'sandbox-'

interface Asked {
  clientId: string
  redirectUri: string
  state: string | undefined
  scopes: string[]
  challenge: string | null
  method: string
}

function madeUpGrant(token: string): Grant {
  const person = madeUpPerson(token)
  const pageIds = person.pages.map(({ id }) => id)
  return { id: person.id, clientId: '', person, pageIds, scopes: [], revoked: false }
}

/** Somebody of that name, the same one each time. */
function madeUpPerson(called: string) {
  const id = createHash('sha256').update(called).digest('hex').slice(0, 12)
  const name = called.slice(0, 60)
  const handle = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') || id
  return { id, name, handle, pages: [{ id: `page-${id}`, name }] }
}

function provesPossession(code: Code, verifier: string | undefined): boolean {
  if (!verifier) return false
  const made = code.method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  const [a, b] = [Buffer.from(made), Buffer.from(code.challenge ?? '')]
  return a.length === b.length && timingSafeEqual(a, b)
}

const refused = (why: string): Redeemed => ({ outcome: 'refused', error: 'invalid_grant', why })

interface Chosen {
  person: string | undefined
  pages: string[] | undefined
  /** Somebody who is not on the page, by name. */
  name?: string | undefined
}

function chosenIn(asked: Record<string, string>): Chosen {
  return {
    person: asked.sandbox_person,
    pages: asked.sandbox_pages?.split(','),
    name: asked.sandbox_name,
  }
}

const listOf = (value: string | string[] | undefined) =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

function withQuery(address: string, query: Record<string, string | undefined>): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

/** `Authorization: Bearer x` as x. */
export function bearer(request: FastifyRequest): string | undefined {
  return /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

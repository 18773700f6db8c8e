import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Failure } from '../domain/delivery.ts'
import type { Db } from './database.ts'
import type { Json } from './json.ts'

/** What `net/vault.ts` offers; named here because storage knows only the domain. */
export interface Sealer {
  seal(value: unknown, context: string): Buffer
  open(sealed: Uint8Array, context: string): unknown
}

export type SecretOutcome<T> = { outcome: 'done'; value: T } | { outcome: 'failed'; failure: Failure }

/** How an account's secret is bound to its row (vault context). */
export const accountSecretContext = (accountId: string) => `account:${accountId}`

export interface SecretBoxOptions {
  db: Db
  vault: Sealer
  accountId: string
  /** `accounts.secret` when the caller has just read it: saves a query. Never for `refresh`, which always reads. */
  sealed?: Uint8Array | null
  /** Ends the wait for another process' refresh. */
  signal?: AbortSignal
}

/**
 * A refresh holds this lease on `accounts.refreshing_until`; one exchange is at most two requests of 30 s. A process
 * that dies while it refreshes blocks the account's other refreshes no longer than this.
 */
const refreshLeaseMs = 60_000
/** How often a waiting process looks whether the other one is done. */
const refreshLookMs = 100
/** A fresh secret may be the only key to the account (the old refresh token is spent): saving it is tried this long. */
const saveTriesMax = 20
const savePauseMs = 1_000

/**
 * The credential of one account, as `SecretBox` of `networks/network.ts` asks for it; for the engine and for
 * operations alike. Call it outside transactions: `refresh` commits what the exchange returns before anyone uses it.
 *
 *     secret: accountSecretBox({ db: ctx.db, vault: ctx.vault, accountId: account.id, sealed: account.secret })
 *
 * - `current` opens the sealed secret. Throws when the account has none (disconnected, still choosing).
 * - `refresh(stale, exchange)` runs at most one exchange per account at a time over all processes, under a lease in
 *   the account's row by the database's clock. When the stored secret is no longer `stale`, somebody was faster and
 *   the newer one is handed out without an exchange. A failed exchange changes nothing.
 */
export function accountSecretBox({ db, vault, accountId, signal, ...options }: SecretBoxOptions) {
  let { sealed } = options
  const context = accountSecretContext(accountId)
  let known: unknown

  async function current(): Promise<Json> {
    if (known === undefined) {
      const secret = sealed ?? (await readSecret(db, accountId))?.secret
      if (!secret) throw new Error(`Account ${accountId} has no credential`)
      known = vault.open(secret, context)
    }
    return known as Json
  }

  async function refresh(
    stale: Json,
    exchange: (secret: Json) => Promise<SecretOutcome<{ secret: Json; expiresAt: Date | null }>>,
  ): Promise<SecretOutcome<Json>> {
    for (let waitedMs = 0; waitedMs < 2 * refreshLeaseMs; waitedMs += refreshLookMs) {
      const row = await readSecret(db, accountId)
      if (!row?.secret) return { outcome: 'failed', failure: disconnected }
      const stored = vault.open(row.secret, context) as Json
      if (!isDeepStrictEqual(stored, stale)) {
        known = stored
        return { outcome: 'done', value: stored }
      }
      if (await takeRefreshLease(db, accountId, row.secretVersion))
        return await exchangeAndSave(stored, row.secretVersion, exchange)
      if (signal?.aborted) break
      await pause(refreshLookMs)
    }
    return { outcome: 'failed', failure: busy }
  }

  async function exchangeAndSave(
    old: Json,
    version: number,
    exchange: Parameters<typeof refresh>[1],
  ): Promise<SecretOutcome<Json>> {
    let result: Awaited<ReturnType<typeof exchange>>
    try {
      result = await exchange(old)
    } catch (error) {
      await releaseRefreshLease(db, accountId, version)
      throw error
    }
    if (result.outcome === 'failed') {
      await releaseRefreshLease(db, accountId, version)
      return result
    }
    const fresh = keepRefreshToken(old, result.value.secret)
    const saved = await saveSecret(db, {
      accountId,
      version,
      secret: vault.seal(fresh, context),
      expiresAt: result.value.expiresAt,
    })
    // Not saved: the account was connected anew meanwhile, and that credential is the one to use.
    known = saved ? fresh : undefined
    sealed = null
    return { outcome: 'done', value: await current() }
  }

  return { current, refresh }
}

/**
 * An answer to a refresh that brings no new refresh token means "go on using yours" (RFC 6749, section 6). Networks
 * say so themselves; this is the backstop, because writing nothing over a refresh token ends the account.
 */
function keepRefreshToken(old: Json, fresh: Json): Json {
  if (!isObject(old) || !isObject(fresh)) return fresh
  const kept = Object.entries(old).filter(([name, value]) => /refresh/i.test(name) && value && !fresh[name])
  return { ...fresh, ...Object.fromEntries(kept) }
}

const isObject = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

async function readSecret(db: Db, accountId: string) {
  return await db
    .selectFrom('accounts')
    .select(['secret', 'secretVersion'])
    .where('id', '=', accountId)
    .where('state', '!=', 'disconnected')
    .executeTakeFirst()
}

async function takeRefreshLease(db: Db, accountId: string, version: number): Promise<boolean> {
  const { rows } = await sql`
    update accounts set refreshing_until = clock_timestamp() + ${refreshLeaseMs} * interval '1 ms'
    where id = ${accountId} and secret_version = ${version}
      and (refreshing_until is null or refreshing_until < clock_timestamp())
    returning id`.execute(db)
  return rows.length > 0
}

async function releaseRefreshLease(db: Db, accountId: string, version: number): Promise<void> {
  await sql`update accounts set refreshing_until = null
    where id = ${accountId} and secret_version = ${version}`.execute(db)
}

async function saveSecret(
  db: Db,
  fresh: { accountId: string; version: number; secret: Buffer; expiresAt: Date | null },
): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      const { rows } = await sql`
        update accounts
        set secret = ${fresh.secret}, secret_version = secret_version + 1, token_expires_at = ${fresh.expiresAt},
            refreshing_until = null
        where id = ${fresh.accountId} and secret_version = ${fresh.version}
        returning id`.execute(db)
      return rows.length > 0
    } catch (error) {
      if (tries === saveTriesMax) throw error
      await pause(savePauseMs)
    }
  }
}

const disconnected: Failure = {
  class: 'reconnect',
  rule: 'account_disconnected',
  message: 'The account was disconnected, so there is no credential to use.',
  remedy: 'Connect the account again.',
}

const busy: Failure = {
  class: 'transient',
  rule: 'refresh_busy',
  message: 'Another process is refreshing the credential of this account and did not finish in time.',
  remedy: 'Nothing to do: it is tried again.',
}

import { type Selectable, sql } from 'kysely'
import type { Failure } from '../domain/delivery.ts'
import type { Limits } from '../domain/limits.ts'
import type { Db } from './database.ts'
import { json } from './json.ts'
import type { Accounts } from './schema.ts'

/** A connected account without its credential, which only `account-secrets.ts` and the secret box read. */
export type Account = Omit<
  Selectable<Accounts>,
  | 'secret'
  | 'choices'
  | 'settings'
  | 'metadata'
  | 'limits'
  | 'stateReason'
  | 'refreshingUntil'
  | 'preferences'
> & {
  settings: Record<string, unknown>
  metadata: Record<string, unknown>
  limits: Limits | null
  stateReason: Failure | null
}

const accountColumns = [
  'id',
  'number',
  'workspaceId',
  'brandId',
  'network',
  'externalId',
  'kind',
  'name',
  'handle',
  'profileImageUrl',
  'profileUrl',
  'state',
  'stateReason',
  'settings',
  'metadata',
  'limits',
  'secretVersion',
  'tokenExpiresAt',
  'scopes',
  'isDefault',
  'isPrimary',
  'isActive',
  'bufferProfileId',
  'connectedBy',
  'connectedByExternal',
  'connectedAt',
  'disconnectedAt',
  'probedAt',
  'blockedUntil',
  'budgetLeft',
  'budgetResetsAt',
  'appId',
  'createdAt',
  'updatedAt',
] as const

/** By primary key; also disconnected ones, which callers show to nobody. */
export async function accountById(tx: Db, id: string): Promise<Account | null> {
  const row = await tx.selectFrom('accounts').select(accountColumns).where('id', '=', id).executeTakeFirst()
  return row ? (row as Account) : null
}

/** As `accountById`, holding the row until the transaction ends: the engine's claim waits for nobody and passes by. */
export async function lockAccount(tx: Db, id: string): Promise<Account | null> {
  const row = await tx
    .selectFrom('accounts')
    .select(accountColumns)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row ? (row as Account) : null
}

/** The row of one outside account in a workspace, in any state, locked. Uses accounts_outside. */
export async function lockOutsideAccount(
  tx: Db,
  workspaceId: string,
  network: string,
  externalId: string,
): Promise<Account | null> {
  const row = await tx
    .selectFrom('accounts')
    .select(accountColumns)
    .where('workspaceId', '=', workspaceId)
    .where('network', '=', network)
    .where('externalId', '=', externalId)
    .forUpdate()
    .executeTakeFirst()
  return row ? (row as Account) : null
}

/** Oldest first, without disconnected ones. Uses accounts_brand. */
export async function accountsOfBrand(tx: Db, brandId: string): Promise<Account[]> {
  const rows = await tx
    .selectFrom('accounts')
    .select(accountColumns)
    .where('brandId', '=', brandId)
    .where('state', '!=', 'disconnected')
    .orderBy('id')
    .execute()
  return rows as Account[]
}

/** What a consent or a credential brought, ready to be kept: the secret is sealed already. */
export interface KeptAccount {
  brandId: string
  kind: string
  name: string
  handle: string | null
  profileImageUrl: string | null
  profileUrl: string | null
  settings: Record<string, unknown>
  metadata: Record<string, unknown>
  limits: Limits | null
  /** Null for an account that is reached through Buffer alone. */
  secret: Buffer | null
  tokenExpiresAt: Date | null
  scopes: string[]
  appId: string | null
  connectedBy: string | null
  bufferProfileId?: string | null
  isPrimary?: boolean
  /** The gateway's name for who connected it (dialect D). */
  connectedByExternal?: string | null
}

/** Adds an active account. Null when another transaction added the same outside account first: lock that one instead. */
export async function insertAccount(
  tx: Db,
  key: { id: string; workspaceId: string; network: string; externalId: string },
  kept: KeptAccount,
  now: Date,
): Promise<Account | null> {
  const row = await tx
    .insertInto('accounts')
    .values({
      ...key,
      ...columnsOf(kept),
      state: 'active',
      connectedAt: now,
      probedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'network', 'externalId']).doNothing())
    .returning(accountColumns)
    .executeTakeFirst()
  return row ? (row as Account) : null
}

/**
 * Gives an account a fresh credential and makes it active: reconnecting, or reviving a disconnected one under its old
 * ids. The version moves on, so that a refresh under way with the older secret cannot overwrite this one.
 */
export async function renewAccount(tx: Db, id: string, kept: KeptAccount, now: Date): Promise<Account> {
  const row = await tx
    .updateTable('accounts')
    .set({
      ...columnsOf(kept),
      state: 'active',
      stateReason: null,
      secretVersion: sql`secret_version + 1`,
      refreshingUntil: null,
      choices: null,
      blockedUntil: null,
      budgetLeft: null,
      budgetResetsAt: null,
      connectedAt: now,
      disconnectedAt: null,
      probedAt: now,
      updatedAt: now,
    })
    .where('id', '=', id)
    .returning(accountColumns)
    .executeTakeFirstOrThrow()
  return row as Account
}

function columnsOf({ settings, metadata, limits, ...plain }: KeptAccount) {
  return {
    ...plain,
    settings: json(settings),
    metadata: json(metadata),
    limits: limits === null ? null : json(limits),
  }
}

/** An account in state `choosing`: one consent opened several, and a person still picks. `choices` is sealed. */
export async function insertChoosing(
  tx: Db,
  row: {
    id: string
    workspaceId: string
    brandId: string
    network: string
    choices: Buffer
    appId: string | null
    connectedBy: string | null
  },
  now: Date,
): Promise<Account> {
  const inserted = await tx
    .insertInto('accounts')
    .values({
      ...row,
      externalId: `choosing:${row.id}`,
      kind: 'choosing',
      name: '',
      state: 'choosing',
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .returning(accountColumns)
    .executeTakeFirstOrThrow()
  return inserted as Account
}

/** The sealed choices of an account that is still choosing. */
export async function sealedChoices(tx: Db, id: string): Promise<Buffer | null> {
  const row = await tx
    .selectFrom('accounts')
    .select('choices')
    .where('id', '=', id)
    .where('state', '=', 'choosing')
    .executeTakeFirst()
  return row?.choices ?? null
}

/** The choice is made, or nobody made it in time: the placeholder goes, with everything it sealed. */
export async function deleteChoosing(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('accounts').where('id', '=', id).where('state', '=', 'choosing').execute()
}

/** Placeholders older than `before` whose choice nobody made. @returns how many went. */
export async function deleteAbandonedChoices(tx: Db, before: Date): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('accounts')
    .where('state', '=', 'choosing')
    .where('createdAt', '<', before)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** What a probe learned: the profile and the limits as the network tells them now. */
export async function recordProfile(
  tx: Db,
  id: string,
  profile: {
    name: string
    handle: string | null
    profileImageUrl: string | null
    profileUrl: string | null
    limits?: Limits
    metadata?: Record<string, unknown>
  },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({
      name: profile.name,
      handle: profile.handle,
      profileImageUrl: profile.profileImageUrl,
      profileUrl: profile.profileUrl,
      ...(profile.limits && { limits: json(profile.limits) }),
      ...(profile.metadata && { metadata: sql`metadata || ${json(profile.metadata)}::jsonb` }),
      probedAt: now,
      updatedAt: now,
    })
    .where('id', '=', id)
    .execute()
}

/** Adds to what is known of an account, name by name. */
export async function keepMetadata(
  tx: Db,
  id: string,
  metadata: Record<string, unknown>,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ metadata: sql`metadata || ${json(metadata)}::jsonb`, updatedAt: now })
    .where('id', '=', id)
    .execute()
}

/** Between active, expired and error. A disconnected or choosing account stays what it is. @returns whether it moved. */
export async function moveAccount(
  tx: Db,
  id: string,
  state: 'active' | 'expired' | 'error',
  reason: Failure | null,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('accounts')
    .set({ state, stateReason: reason ? json(reason) : null, updatedAt: now })
    .where('id', '=', id)
    .where('state', 'in', ['active', 'expired', 'error'])
    .where('state', '!=', state)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Connected accounts across the brands of a workspace, newest first. Index accounts_workspace. */
export async function accountsOfWorkspace(
  tx: Db,
  workspaceId: string,
  { network, shown }: { network?: string; shown?: 'active' | 'inactive' | 'error' },
  { offset, limit }: { offset: number; limit: number },
): Promise<Account[]> {
  const rows = await tx
    .selectFrom('accounts')
    .select(accountColumns)
    .where('workspaceId', '=', workspaceId)
    .where('state', 'not in', ['disconnected', 'choosing'])
    .$if(network !== undefined, (query) => query.where('network', '=', network ?? ''))
    .$if(shown === 'inactive', (query) => query.where('isActive', '=', false))
    .$if(shown === 'active', (query) => query.where('isActive', '=', true).where('state', '=', 'active'))
    .$if(shown === 'error', (query) => query.where('isActive', '=', true).where('state', '<>', 'active'))
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows as Account[]
}

/** What a person sets of an account beside its connection. */
export async function setAccount(
  tx: Db,
  id: string,
  change: {
    name?: string
    handle?: string | null
    isActive?: boolean
    isPrimary?: boolean
    bufferProfileId?: string | null
  },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ ...change, updatedAt: now })
    .where('id', '=', id)
    .execute()
}

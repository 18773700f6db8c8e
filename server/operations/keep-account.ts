import type { Actor } from '../domain/actor.ts'
import { Refusal } from '../domain/refusal.ts'
import type { Connected, Network } from '../networks/network.ts'
import {
  type Account,
  insertAccount,
  insertChoosing,
  type KeptAccount,
  lockOutsideAccount,
  renewAccount,
} from '../storage/accounts.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { type Place, placeOfBrand } from '../storage/places.ts'
import { resumeHeld } from '../storage/resume.ts'
import { accountSecretContext } from '../storage/secret-box.ts'
import type { Context } from './context.ts'

/** Where connected accounts go, and what they were opened with. */
export interface Opened {
  place: Place
  network: Network
  appId: string | null
  /** The person who connects; also when it is the browser coming back from the network. */
  userId: string | null
}

/**
 * Keeps what one consent or credential opened. One account becomes active at once; of several a person has to choose,
 * so they wait, sealed, in an account of state `choosing`.
 */
export async function keepConnected(
  ctx: Context,
  tx: Db,
  actor: Actor,
  opened: Opened,
  connected: Connected[],
): Promise<Account> {
  const [only, ...more] = connected
  if (!only)
    throw new Refusal(
      'invalid',
      `${opened.network.name} gave access to no account. Choose at least one page, profile or channel when it asks.`,
      {
        rule: 'nothing_connected',
        issues: [{ path: 'network', rule: 'nothing_connected', message: 'No account was opened' }],
      },
    )
  if (more.length === 0) return keepAccount(ctx, tx, actor, opened, only)
  const id = ctx.newId()
  return insertChoosing(
    tx,
    {
      id,
      workspaceId: opened.place.workspaceId,
      brandId: opened.place.brandId,
      network: opened.network.id,
      choices: ctx.vault.seal(connected, accountSecretContext(id)),
      appId: opened.appId,
      connectedBy: opened.userId,
    },
    ctx.clock.now(),
  )
}

/**
 * Keeps every account that a consent opened, for the dialects that know no choosing. One that is connected in another
 * brand is passed over, unless there is no other.
 */
export async function keepEvery(
  ctx: Context,
  tx: Db,
  actor: Actor,
  opened: Opened,
  connected: Connected[],
): Promise<Account[]> {
  if (connected.length < 2) return [await keepConnected(ctx, tx, actor, opened, connected)]
  const kept: Account[] = []
  let refused: unknown
  for (const one of connected) {
    try {
      kept.push(await keepAccount(ctx, tx, actor, opened, one))
    } catch (error) {
      if (!(error instanceof Refusal) || error.rule !== 'account_in_another_brand') throw error
      refused = error
    }
  }
  if (kept.length === 0) throw refused
  return kept
}

/**
 * Keeps one account: a new row; or the row this workspace already has for the same outside account, which gets the
 * fresh credential under its old ids, and whose held deliveries resume. Refused when that row is connected in another
 * brand.
 */
export async function keepAccount(
  ctx: Context,
  tx: Db,
  actor: Actor,
  opened: Opened,
  connected: Connected,
): Promise<Account> {
  const { place, network } = opened
  const known = await lockOutsideAccount(tx, place.workspaceId, network.id, connected.externalId)
  if (known) return renew(ctx, tx, actor, opened, connected, known)
  const id = ctx.newId()
  const now = ctx.clock.now()
  const added = await insertAccount(
    tx,
    { id, workspaceId: place.workspaceId, network: network.id, externalId: connected.externalId },
    kept(ctx, actor, id, opened, connected),
    now,
  )
  if (!added) {
    const first = await lockOutsideAccount(tx, place.workspaceId, network.id, connected.externalId)
    if (!first) throw new Error(`The ${network.id} account that was connected at the same time is gone`)
    return renew(ctx, tx, actor, opened, connected, first)
  }
  await recordConnected(ctx, tx, actor, 'account.connected', added)
  return added
}

/** @param known locked. */
export async function renew(
  ctx: Context,
  tx: Db,
  actor: Actor,
  opened: Opened,
  connected: Connected,
  known: Account,
): Promise<Account> {
  const wasDisconnected = known.state === 'disconnected'
  if (!wasDisconnected && known.brandId !== opened.place.brandId) throw await inAnotherBrand(tx, known)
  const now = ctx.clock.now()
  const renewed = await renewAccount(tx, known.id, kept(ctx, actor, known.id, opened, connected), now)
  await recordConnected(
    ctx,
    tx,
    actor,
    wasDisconnected ? 'account.connected' : 'account.reconnected',
    renewed,
  )
  await resumeHeld(tx, known.id, now)
  return renewed
}

async function inAnotherBrand(tx: Db, known: Account): Promise<Refusal> {
  const brand = await placeOfBrand(tx, known.brandId)
  const message = `${known.name} is already connected in the brand "${brand?.brandName}". Disconnect it there first.`
  return new Refusal('conflict', message, {
    rule: 'account_in_another_brand',
    issues: [{ path: 'brandId', rule: 'account_in_another_brand', message, accountId: known.id }],
  })
}

function kept(ctx: Context, actor: Actor, id: string, opened: Opened, connected: Connected): KeptAccount {
  return {
    brandId: opened.place.brandId,
    kind: connected.kind,
    name: connected.name,
    handle: connected.handle,
    profileImageUrl: connected.profileImageUrl,
    profileUrl: connected.profileUrl,
    settings: connected.settings,
    metadata: connected.metadata ?? {},
    limits: connected.limits ?? null,
    secret: ctx.vault.seal(connected.secret, accountSecretContext(id)),
    tokenExpiresAt: connected.tokenExpiresAt,
    scopes: connected.scopes,
    appId: opened.appId,
    connectedBy: opened.userId,
    connectedByExternal: actor.kind === 'gateway' ? actor.externalUserId : null,
  }
}

async function recordConnected(ctx: Context, tx: Db, actor: Actor, type: string, account: Account) {
  await recordEvents(tx, actor, ctx.clock.now(), [
    {
      id: ctx.newId(),
      workspaceId: account.workspaceId,
      type,
      resourceType: 'account',
      resourceId: account.id,
      data: { accountId: account.id, brandId: account.brandId, network: account.network, name: account.name },
    },
  ])
}

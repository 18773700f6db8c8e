import type { Actor } from '../domain/actor.ts'
import { type Account, insertAccount, lockOutsideAccount, renewAccount } from '../storage/accounts.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { requireBrandPlace } from './account-access.ts'
import { requireNetwork } from './account-context.ts'
import type { Context } from './context.ts'

/** The kind of an account that is reached through Buffer alone, without a credential of its own. */
export const throughBuffer = 'buffer'

/**
 * Adds an account that publishes through Buffer, by the id of its channel there (A1). Buffer is not asked: it may be
 * set up later, and nothing goes out before it is. The same channel again brings back the account it had.
 * Needs `accounts.connect`.
 */
export async function connectThroughBuffer(
  ctx: Context,
  actor: Actor,
  input: {
    brandId: string
    network: string
    name: string
    handle: string
    bufferProfileId: string
    isPrimary: boolean
  },
): Promise<Account> {
  return transaction(ctx.db, async (tx) => {
    const { workspaceId } = await requireBrandPlace(tx, actor, input.brandId, 'accounts.connect')
    const network = requireNetwork(ctx, input.network).id
    const now = ctx.clock.now()
    const kept = {
      brandId: input.brandId,
      kind: throughBuffer,
      name: input.name,
      handle: input.handle,
      profileImageUrl: null,
      profileUrl: null,
      settings: {},
      metadata: {},
      limits: null,
      secret: null,
      tokenExpiresAt: null,
      scopes: [],
      appId: null,
      connectedBy: actor.kind === 'user' ? actor.userId : null,
      bufferProfileId: input.bufferProfileId,
      isPrimary: input.isPrimary,
    }
    const externalId = `buffer:${input.bufferProfileId}`
    const added = await insertAccount(tx, { id: ctx.newId(), workspaceId, network, externalId }, kept, now)
    const known = added ?? (await lockOutsideAccount(tx, workspaceId, network, externalId))
    if (!known) throw new Error(`The account of the Buffer channel ${input.bufferProfileId} is gone`)
    const account =
      added ??
      (await renewAccount(
        tx,
        known.id,
        { ...kept, ...(known.state !== 'disconnected' && { brandId: known.brandId }) },
        now,
      ))
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: added ? 'account.connected' : 'account.reconnected',
        resourceType: 'account',
        resourceId: account.id,
        data: { accountId: account.id, brandId: account.brandId, network, name: account.name },
      },
    ])
    return account
  })
}

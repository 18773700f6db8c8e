import type { Actor } from '../domain/actor.ts'
import { wrongState } from '../domain/refusal.ts'
import type { Json } from '../networks/network.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccount } from './account-access.ts'
import { requireNetwork } from './account-context.ts'
import {
  askConsent,
  type ConnectAnswer,
  openCredentials,
  requireWebAddress,
  userIdOf,
} from './connect-account.ts'
import { throughBuffer } from './connect-through-buffer.ts'
import type { Context } from './context.ts'
import { reconnect } from './finish-connecting.ts'
import { requirePlace } from './place.ts'

/**
 * Gives an account a fresh credential under its own id; what was held for it goes out then. For expired, failing and
 * active accounts (answers 1.4). Networks with a consent page answer its address, the others take `credentials`.
 * A server of the account's own (a Mastodon instance) stays the one it is on. Needs `accounts.connect`.
 */
export async function reconnectAccount(
  ctx: Context,
  actor: Actor,
  input: { accountId: string; redirectUrl?: string; credentials?: unknown },
): Promise<ConnectAnswer> {
  const account = await requireAccount(ctx.db, actor, input.accountId, 'accounts.connect')
  if (account.state === 'choosing')
    throw wrongState(
      'This connection waits for a choice of accounts. Choose, or delete it and connect again.',
    )
  if (account.kind === throughBuffer)
    throw wrongState(
      'This account is reached through Buffer. Reconnect its channel there, then sync it.',
      'only_through_buffer',
    )
  const place = await requirePlace(ctx.db, account.brandId)
  const network = requireNetwork(ctx, account.network)
  requireWebAddress(input.redirectUrl)
  const { connect } = network
  if (connect.kind === 'oauth') {
    const settings = account.settings as Record<string, Json>
    return askConsent(ctx, actor, place, network, connect, {
      redirectUrl: input.redirectUrl,
      settings,
      accountId: account.id,
    })
  }
  const connected = await openCredentials(ctx, place, network, connect, input.credentials)
  const renewed = await transaction(ctx.db, async (tx) => {
    await requireAccount(tx, actor, account.id, 'accounts.connect', { lock: true })
    const opened = { place, network, appId: null, userId: userIdOf(actor) }
    return reconnect(ctx, tx, actor, opened, connected, account.id)
  })
  return { outcome: 'connected', account: renewed }
}

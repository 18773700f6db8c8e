import { type BufferChannel, readChannel } from '../buffer/channels.ts'
import type { Actor } from '../domain/actor.ts'
import type { Failure } from '../domain/delivery.ts'
import { invalidAt } from '../domain/refusal.ts'
import { type Account, accountById, keepMetadata, lockAccount, moveAccount } from '../storage/accounts.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccount } from './account-access.ts'
import { bufferRefusal, requireBuffer } from './buffer-access.ts'
import type { Context } from './context.ts'

/**
 * Reads the Buffer channel of an account and keeps what Buffer says of it (A7): a snapshot in its metadata, and state
 * `active`, or `error` with the reason when the channel is not there or cannot publish. Buffer being away changes
 * nothing. Needs `accounts.connect`.
 */
export async function syncBufferProfile(
  ctx: Context,
  actor: Actor,
  { accountId }: { accountId: string },
): Promise<Account> {
  const account = await requireAccount(ctx.db, actor, accountId, 'accounts.connect')
  const access = await requireBuffer(ctx, account.workspaceId)
  if (!account.bufferProfileId)
    throw invalidAt('buffer_profile_id', 'This account has no buffer_profile_id', 'no_buffer_profile')
  const answer = await readChannel(access, account.bufferProfileId)
  if (answer.outcome !== 'done') {
    if (answer.outcome !== 'refused') throw bufferRefusal(answer)
    if (answer.reason !== 'unauthorized') await record(ctx, accountId, null, unknownProfile(answer.message))
    throw answer.reason === 'unauthorized'
      ? bufferRefusal(answer)
      : invalidAt('buffer_profile_id', `Failed to sync with Buffer: ${answer.message}`, 'unknown_profile')
  }
  await record(ctx, accountId, answer.value, problemOf(answer.value))
  return (await accountById(ctx.db, accountId)) as Account
}

async function record(
  ctx: Context,
  accountId: string,
  channel: BufferChannel | null,
  failure: Failure | null,
): Promise<void> {
  const now = ctx.clock.now()
  await transaction(ctx.db, async (tx) => {
    if (!(await lockAccount(tx, accountId))?.bufferProfileId) return
    if (channel) await keepMetadata(tx, accountId, { buffer: channel, synced_at: now.toISOString() }, now)
    await moveAccount(tx, accountId, failure ? 'error' : 'active', failure, now)
  })
}

const unknownProfile = (message: string): Failure => ({
  class: 'permanent',
  rule: 'buffer.unknown_profile',
  message: `Buffer does not know the profile of this account: ${message}`,
  remedy: 'Choose one of GET /api/v1/buffer/profiles.',
})

function problemOf({ isDisconnected, isLocked }: BufferChannel): Failure | null {
  if (isDisconnected)
    return {
      class: 'reconnect',
      rule: 'buffer.disconnected',
      message: 'Buffer has lost its access to this channel.',
      remedy: 'Reconnect the channel in Buffer, then sync again.',
    }
  if (isLocked)
    return {
      class: 'administrator',
      rule: 'buffer.locked',
      message: 'Buffer has locked this channel: its plan has fewer channels.',
      remedy: 'Unlock it in Buffer, then sync again.',
    }
  return null
}

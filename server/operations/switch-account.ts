import type { Actor } from '../domain/actor.ts'
import { invalidAt, wrongState } from '../domain/refusal.ts'
import { type Account, accountById, setAccount } from '../storage/accounts.ts'
import { postsAtBuffer } from '../storage/buffer-posts.ts'
import type { Tx } from '../storage/database.ts'
import { hasWaitingDeliveries } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { resumeHeld } from '../storage/resume.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccount } from './account-access.ts'
import { throughBuffer } from './connect-through-buffer.ts'
import type { Context } from './context.ts'

/**
 * Changes name and handle of an account, switches it off and on, or lets it publish through Buffer (A4). Switched off,
 * its posts are held; switched on, they go out within the lateness window. While posts wait, they stay on the way they
 * were scheduled for. Needs `accounts.connect`.
 */
export async function switchAccount(
  ctx: Context,
  actor: Actor,
  {
    id,
    ...change
  }: {
    id: string
    name?: string
    handle?: string | null
    isActive?: boolean
    isPrimary?: boolean
    bufferProfileId?: string | null
  },
): Promise<Account> {
  const now = ctx.clock.now()
  return transaction(ctx.db, async (tx) => {
    const before = await requireAccount(tx, actor, id, 'accounts.connect', { lock: true })
    await requireNothingOnItsWay(tx, before, change)
    await setAccount(tx, id, change, now)
    if (change.isActive && !before.isActive && before.state === 'active') await resumeHeld(tx, id, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: before.workspaceId,
        type: 'account.updated',
        resourceType: 'account',
        resourceId: id,
        data: { before: { name: before.name, isActive: before.isActive }, change },
      },
    ])
    return (await accountById(tx, id)) as Account
  })
}

async function requireNothingOnItsWay(
  tx: Tx,
  before: Account,
  { isActive, bufferProfileId }: { isActive?: boolean; bufferProfileId?: string | null },
): Promise<void> {
  if (isActive === false && (await postsAtBuffer(tx, { accountIds: [before.id] })).length > 0)
    throw wrongState(
      'Posts of this account are scheduled at Buffer, which would publish them all the same. Cancel them first.',
      'posts_at_buffer',
    )
  if (bufferProfileId === undefined || bufferProfileId === before.bufferProfileId) return
  if (bufferProfileId === null && before.kind === throughBuffer)
    throw invalidAt(
      'buffer_profile_id',
      'This account is reached through Buffer alone. Connect it at its network, or delete it.',
      'only_through_buffer',
    )
  if (await hasWaitingDeliveries(tx, before.id))
    throw wrongState(
      'Posts of this account are scheduled already, on the way it has now. Cancel them first.',
      'posts_waiting',
    )
}

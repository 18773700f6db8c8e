import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { type AccountPreferences, changeAccount, clearDefaultAccount } from '../storage/workspace-accounts.ts'
import { requireAccount } from './account-access.ts'
import type { Context } from './context.ts'

/**
 * Changes what people may set of an account (C25): its shown name, whether it is meant when only the network is named
 * (one per network in a workspace), and the hashtags that go with its posts. Needs `accounts.connect`.
 */
export async function updateAccount(
  ctx: Context,
  actor: Actor,
  { id, ...change }: { id: string; name?: string; isDefault?: boolean; preferences?: AccountPreferences },
): Promise<void> {
  const now = ctx.clock.now()
  await transaction(ctx.db, async (tx) => {
    const account = await requireAccount(tx, actor, id, 'accounts.connect', { lock: true })
    if (change.isDefault) await clearDefaultAccount(tx, account.workspaceId, account.network)
    await changeAccount(tx, id, change, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: account.workspaceId,
        type: 'account.updated',
        resourceType: 'account',
        resourceId: id,
        data: { before: { name: account.name, isDefault: account.isDefault }, change },
      },
    ])
  })
}

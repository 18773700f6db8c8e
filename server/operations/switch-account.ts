import type { Actor } from '../domain/actor.ts'
import { type Account, accountById, setAccount } from '../storage/accounts.ts'
import { recordEvents } from '../storage/events.ts'
import { resumeHeld } from '../storage/resume.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccount } from './account-access.ts'
import type { Context } from './context.ts'

/**
 * Changes name and handle of an account, or switches it off and on (A4). Switched off, its posts are held; switched on,
 * they go out within the lateness window. Needs `accounts.connect`.
 */
export async function switchAccount(
  ctx: Context,
  actor: Actor,
  {
    id,
    ...change
  }: { id: string; name?: string; handle?: string | null; isActive?: boolean; isPrimary?: boolean },
): Promise<Account> {
  const now = ctx.clock.now()
  return transaction(ctx.db, async (tx) => {
    const before = await requireAccount(tx, actor, id, 'accounts.connect', { lock: true })
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

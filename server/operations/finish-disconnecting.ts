import { accountById } from '../storage/accounts.ts'
import { addChores } from '../storage/chores.ts'
import { disconnectAccounts } from '../storage/disconnect.ts'
import type { Context } from './context.ts'
import { revokeChore } from './disconnect-account.ts'
import { revokeCredential } from './revoke-credential.ts'

/** How often it is looked whether the last write has settled. */
const lookAgainMs = 60_000

/**
 * The chore behind a disconnected account: when a write was under way, what is left of its post is cancelled as soon
 * as it settles, and then the credential is revoked. Does nothing when all that is done or the account is back.
 */
export async function finishDisconnecting(ctx: Context, accountId: string): Promise<void> {
  const account = await accountById(ctx.db, accountId)
  if (account?.state !== 'disconnected') return
  const now = ctx.clock.now()
  const { stillWriting } = await ctx.db
    .transaction()
    .execute((tx) => disconnectAccounts(tx, [accountId], now))
  if (stillWriting.length === 0) await revokeCredential(ctx, accountId)
  else await addChores(ctx.db, [revokeChore(accountId, new Date(now.getTime() + lookAgainMs))])
}

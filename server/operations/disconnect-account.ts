import type { Actor } from '../domain/actor.ts'
import type { Account } from '../storage/accounts.ts'
import { deleteChoosing } from '../storage/accounts.ts'
import { postsAtBuffer } from '../storage/buffer-posts.ts'
import { addChores } from '../storage/chores.ts'
import type { Db } from '../storage/database.ts'
import { disconnectAccounts } from '../storage/disconnect.ts'
import { recordEvents } from '../storage/events.ts'
import { requireAccount } from './account-access.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { type Revocation, revokeCredential } from './revoke-credential.ts'

export interface Disconnected {
  /** Posts that lost a delivery which would have gone out. */
  cancelledPosts: number
  revocation: Revocation
}

/**
 * Disconnects an account (answers 1.5): what waited for it is cancelled at once; its credential is taken back at the
 * network afterwards, as far as the network offers that and answers in time. Needs `accounts.disconnect`.
 */
export async function disconnectAccount(
  ctx: Context,
  actor: Actor,
  { accountId }: { accountId: string },
): Promise<Disconnected> {
  const { cancelledPosts, canRevoke } = await changePosts(
    ctx,
    ({ postIds }: Taken) => postIds,
    async (tx, ctx) => {
      const account = await requireAccount(tx, actor, accountId, 'accounts.disconnect', { lock: true })
      if (account.state === 'choosing') {
        await deleteChoosing(tx, account.id)
        return { cancelledPosts: 0, canRevoke: false, postIds: [] }
      }
      const { cancelledPosts, stillWriting } = await disconnectWithin(ctx, tx, actor, [account])
      const postIds = await postsAtBuffer(tx, { accountIds: [account.id] })
      return { cancelledPosts, canRevoke: stillWriting.length === 0, postIds }
    },
  )
  return { cancelledPosts, revocation: canRevoke ? await revokeCredential(ctx, accountId) : 'later' }
}

interface Taken {
  cancelledPosts: number
  canRevoke: boolean
  /** What Buffer has to let go of. */
  postIds: string[]
}

/** How long a chore waits before it revokes what the request itself could not. */
const revokeLaterMs = 60_000

/**
 * Disconnects accounts in the transaction of a larger change (deleting a brand). The credentials stay sealed in the
 * rows: call `revokeCredential` for each after the commit and before the rows go. A chore does it for accounts whose
 * rows stay, should this process die first.
 */
export async function disconnectWithin(ctx: Context, tx: Db, actor: Actor, accounts: Account[]) {
  const now = ctx.clock.now()
  const result = await disconnectAccounts(
    tx,
    accounts.map((account) => account.id),
    now,
  )
  await recordEvents(
    tx,
    actor,
    now,
    accounts.map((account) => ({
      id: ctx.newId(),
      workspaceId: account.workspaceId,
      type: 'account.disconnected',
      resourceType: 'account',
      resourceId: account.id,
      data: { accountId: account.id, brandId: account.brandId, network: account.network, name: account.name },
    })),
  )
  await addChores(
    tx,
    accounts.map((account) => revokeChore(account.id, new Date(now.getTime() + revokeLaterMs))),
  )
  return result
}

export const revokeTask = 'revoke_credential'

export const revokeChore = (accountId: string, runAt: Date) => ({
  task: revokeTask,
  payload: { accountId },
  key: `${revokeTask}:${accountId}`,
  runAt,
})

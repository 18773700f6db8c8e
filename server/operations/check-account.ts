import type { Actor } from '../domain/actor.ts'
import type { Failure } from '../domain/delivery.ts'
import { wrongState } from '../domain/refusal.ts'
import type { AccountProfile, Outcome } from '../networks/network.ts'
import { type Account, lockAccount, moveAccount, recordProfile } from '../storage/accounts.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { resumeHeld } from '../storage/resume.ts'
import { accountSecretBox } from '../storage/secret-box.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccount } from './account-access.ts'
import { accountContext, requireNetwork } from './account-context.ts'
import { connectTimeoutMs } from './connect-account.ts'
import { throughBuffer } from './connect-through-buffer.ts'
import type { Context } from './context.ts'
import { requirePlace } from './place.ts'
import { syncBufferProfile } from './sync-buffer-profile.ts'

/**
 * Asks the network whether the account's credential still works, and brings name, picture and limits up to date.
 * A credential that the network refuses makes the account `expired`; one that works makes it `active` and resumes what
 * was held. A network that is away changes nothing: that is no proof of a dead credential. Needs `accounts.connect`.
 * @returns the account as it is then, and what is wrong, if anything is.
 */
export async function checkAccount(
  ctx: Context,
  actor: Actor,
  { accountId }: { accountId: string },
): Promise<{ account: Account; failure: Failure | null }> {
  const account = await requireAccount(ctx.db, actor, accountId, 'accounts.connect')
  if (account.state === 'choosing')
    throw wrongState('This connection waits for a choice of accounts, so there is nothing to check yet')
  if (account.kind === throughBuffer) {
    const synced = await syncBufferProfile(ctx, actor, { accountId })
    return { account: synced, failure: synced.stateReason }
  }
  const answer = await probe(ctx, account)
  await transaction(ctx.db, async (tx) => {
    const now = await lockAccount(tx, accountId)
    // Connected anew or disconnected while the network was asked: the answer is about a credential that is gone.
    if (now?.connectedAt.getTime() === account.connectedAt.getTime())
      await settle(ctx, tx, actor, now, answer)
  })
  return {
    account: await requireAccount(ctx.db, actor, accountId, null),
    failure: answer.outcome === 'failed' ? answer.failure : null,
  }
}

async function probe(ctx: Context, account: Account): Promise<Outcome<AccountProfile>> {
  const { workspaceMode } = await requirePlace(ctx.db, account.brandId)
  const signal = AbortSignal.timeout(connectTimeoutMs)
  const secret = accountSecretBox({ db: ctx.db, vault: ctx.vault, accountId: account.id, signal })
  const context = await accountContext(ctx, account, workspaceMode, secret, signal)
  return requireNetwork(ctx, account.network).probe(context)
}

async function settle(ctx: Context, tx: Db, actor: Actor, account: Account, answer: Outcome<AccountProfile>) {
  const now = ctx.clock.now()
  if (answer.outcome === 'done') {
    await recordProfile(tx, account.id, answer.value, now)
    if (await moveAccount(tx, account.id, 'active', null, now)) await resumeHeld(tx, account.id, now)
    return
  }
  const state = stateAfter(answer.failure)
  if (!state || !(await moveAccount(tx, account.id, state, answer.failure, now))) return
  await recordEvents(tx, actor, now, [
    {
      id: ctx.newId(),
      workspaceId: account.workspaceId,
      type: state === 'expired' ? 'account.expired' : 'account.failing',
      resourceType: 'account',
      resourceId: account.id,
      data: {
        accountId: account.id,
        brandId: account.brandId,
        network: account.network,
        name: account.name,
        reason: answer.failure.message,
      },
    },
  ])
}

/** Null: the network was away or busy, which says nothing about the account. */
function stateAfter(failure: Failure): 'expired' | 'error' | null {
  switch (failure.class) {
    case 'reconnect':
      return 'expired'
    case 'permanent':
    case 'administrator':
      return 'error'
    case 'transient':
    case 'rate_limited':
      return null
  }
}

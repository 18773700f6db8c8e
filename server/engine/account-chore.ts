import { theEngine } from '../domain/actor.ts'
import type { Failure } from '../domain/delivery.ts'
import type { Limits } from '../domain/limits.ts'
import type { AccountContext, AppBudget, Network } from '../networks/network.ts'
import type { WorkAccount } from '../storage/account-work.ts'
import { recordEvents } from '../storage/events.ts'
import { accountSecretBox } from '../storage/secret-box.ts'
import { expireAccount } from '../storage/settlements.ts'
import { appOf } from './app-of.ts'
import type { EngineContext } from './engine-context.ts'

/** What the chores about accounts need. */
export type ChoreContext = Omit<EngineContext, 'media'>

/** A whole conversation with a network about one account; its single requests have limits of their own. */
const choreMsMax = 120_000

/**
 * What a network gets to act for the account in a chore.
 * @param told collects what it says of the budget that all accounts of the app share.
 */
export function choreContext(
  ctx: ChoreContext,
  account: WorkAccount,
  network: Network,
  told: AppBudget[] = [],
): AccountContext {
  const signal = AbortSignal.timeout(choreMsMax)
  return {
    http: ctx.http,
    origin: (role) => ctx.origins(network, account.mode, account.settings, role),
    account: {
      id: account.id,
      externalId: account.externalId,
      name: account.name,
      handle: account.handle,
      settings: account.settings,
      limits: (account.limits as Limits | null) ?? network.limits,
    },
    secret: accountSecretBox({
      db: ctx.db,
      vault: ctx.vault,
      accountId: account.id,
      sealed: account.secret,
      signal,
    }),
    app: appOf(ctx, account),
    now: () => ctx.clock.now(),
    appBudget: (budget) => void told.push(budget),
    signal,
  }
}

/**
 * The network says that the credential is dead: better the person hears it now than when the next post is due. Only
 * the class `reconnect` counts; a network that is away has revoked nothing.
 */
export async function expireIfDead(ctx: ChoreContext, account: WorkAccount, failure: Failure): Promise<void> {
  if (failure.class !== 'reconnect') return
  const now = ctx.clock.now()
  await ctx.db.transaction().execute(async (tx) => {
    const { id: accountId, secretVersion } = account
    const expired = await expireAccount(tx, { accountId, secretVersion, failure }, now)
    if (typeof expired === 'string') return
    await recordEvents(tx, theEngine, now, [
      {
        id: ctx.newId(),
        workspaceId: account.workspaceId,
        type: 'account.expired',
        resourceType: 'account',
        resourceId: accountId,
        data: {
          accountId,
          network: account.network,
          name: account.name,
          reason: failure.message,
          remedy: failure.remedy,
        },
      },
    ])
  })
}

/** Accounts worked on at once: each waits for its own network's server. */
const atOnceMax = 8

/** Works on all of them, a few at a time; what goes wrong with one is told and does not stop the others. */
export async function forEachAccount<T>(
  items: T[],
  work: (item: T) => Promise<void>,
  onTrouble: (item: T, error: unknown) => void,
): Promise<void> {
  const left = items.values()
  const worker = async () => {
    for (const item of left)
      try {
        await work(item)
      } catch (error) {
        onTrouble(item, error)
      }
  }
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, worker))
}

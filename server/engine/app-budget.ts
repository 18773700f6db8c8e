import type { AppBudget, AppCredentials, NetworkId } from '../networks/network.ts'
import type { WorkAccount } from '../storage/account-work.ts'
import { openAppBudgets, recordAppBudgets, type ToldBudget } from '../storage/app-budgets.ts'
import type { WorkspaceMode } from '../storage/schema.ts'
import type { ChoreContext } from './account-chore.ts'
import { appOf } from './app-of.ts'

/** Chores stop while less than this share of an app's budget is left: the rest is for publishing. */
const publishingShare = 0.25

/** What an answer told, as it is kept. @param usedBy the account that used some of it, if one did. */
export const toldBudget = (
  of: { network: NetworkId; mode: WorkspaceMode },
  app: AppCredentials | null,
  { left, limit, resetsAt }: AppBudget,
  usedBy: string | null,
): ToldBudget => ({
  network: of.network,
  mode: of.mode,
  clientId: app?.clientId ?? '',
  usedBy,
  left: Math.floor(left),
  limit: limit === undefined ? null : Math.floor(limit),
  resetsAt,
})

/** The operator's apps by network, as they are set up now; the empty text where there is none. */
export const clientIds = (
  ctx: Pick<ChoreContext, 'networks' | 'appCredentials'>,
): Record<NetworkId, string> =>
  Object.fromEntries([...ctx.networks.keys()].map((id) => [id, ctx.appCredentials(id)?.clientId ?? '']))

/** Keeps what a chore's answers told. */
export async function recordToldToChore(
  ctx: ChoreContext,
  account: WorkAccount,
  told: AppBudget[],
): Promise<void> {
  if (account.appCredentials) return
  const app = appOf(ctx, account)
  await recordAppBudgets(
    ctx.db,
    told.map((budget) => toldBudget(account, app, budget, null)),
  )
}

/** Until when chores leave an app alone, so that publishing has what is left; null when they need not. */
export type Spared = (account: WorkAccount) => Date | null

/** Read once for many accounts: a few rows. */
export async function sparedApps(ctx: ChoreContext): Promise<Spared> {
  const budgets = await openAppBudgets(ctx.db, ctx.clock.now())
  const low = budgets.filter(({ left, limit }) => left <= (limit ?? 0) * publishingShare)
  return ({ network, mode }) =>
    low.find((budget) => budget.network === network && budget.mode === mode)?.resetsAt ?? null
}

import type { Network } from '../networks/network.ts'
import { accountsExpiringBefore, type WorkAccount } from '../storage/account-work.ts'
import { type ChoreContext, choreContext, expireIfDead, forEachAccount } from './account-chore.ts'

/** No network's tokens are refreshed earlier than this before they run out. */
const aheadMsMax = 30 * 24 * 3_600_000
/** Accounts looked at in one run; the next one comes within minutes. */
const accountsMax = 1_000

/**
 * Renews tokens before they run out, so that no post finds its account locked. One exchange per account at a time, over
 * all processes; a failed one changes nothing and is tried again at the next run, unless the network says that the
 * credential is dead.
 * @returns how many were renewed.
 */
export async function refreshTokens(
  ctx: ChoreContext,
  onTrouble: (what: string, error: unknown) => void,
): Promise<number> {
  const now = ctx.clock.now()
  const accounts = await accountsExpiringBefore(ctx.db, new Date(now.getTime() + aheadMsMax), accountsMax)
  let renewed = 0
  await forEachAccount(
    accounts.filter((account) => isDue(ctx.networks.get(account.network), account, now)),
    async (account) => {
      if (await refreshOne(ctx, account)) renewed++
    },
    ({ id }, error) => onTrouble(`Refreshing the token of account ${id} failed`, error),
  )
  return renewed
}

function isDue(network: Network | undefined, { tokenExpiresAt }: WorkAccount, now: Date): boolean {
  if (network?.connect.kind !== 'oauth' || !network.connect.refresh || !tokenExpiresAt) return false
  const { refreshBeforeMs } = network.connect
  return refreshBeforeMs !== null && tokenExpiresAt.getTime() - refreshBeforeMs <= now.getTime()
}

async function refreshOne(ctx: ChoreContext, account: WorkAccount): Promise<boolean> {
  const network = ctx.networks.get(account.network)
  if (network?.connect.kind !== 'oauth') return false
  const { refresh } = network.connect
  if (!refresh) return false
  const context = choreContext(ctx, account, network)
  const result = await context.secret.refresh(await context.secret.current(), () => refresh(context))
  if (result.outcome === 'failed') await expireIfDead(ctx, account, result.failure)
  return result.outcome === 'done'
}

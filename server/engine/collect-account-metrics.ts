import type { AppBudget } from '../networks/network.ts'
import { accountsUnmeasuredSince } from '../storage/account-work.ts'
import { recordAccountMetrics } from '../storage/collected-metrics.ts'
import { type ChoreContext, choreContext, expireIfDead, forEachAccount } from './account-chore.ts'
import { recordToldToChore, sparedApps } from './app-budget.ts'

/** Once a day, with room for a run that comes early. */
const betweenMs = 20 * 3_600_000
const pageMax = 500

/**
 * Followers and the like, once a day for every account whose network tells them. Runs every hour, so that an account
 * that could not be asked is asked again soon. @returns how many were recorded.
 */
export async function collectAccountMetrics(
  ctx: ChoreContext,
  onTrouble: (what: string, error: unknown) => void,
): Promise<number> {
  const networks = [...ctx.networks.values()].filter((network) => network.accountMetrics).map(({ id }) => id)
  const before = new Date(ctx.clock.now().getTime() - betweenMs)
  let recorded = 0
  for (let afterId: string | null = null; ; ) {
    const page = await accountsUnmeasuredSince(ctx.db, networks, before, afterId, pageMax)
    await forEachAccount(
      page,
      async (account) => {
        const network = ctx.networks.get(account.network)
        if (!network?.accountMetrics || (await sparedApps(ctx))(account)) return
        const told: AppBudget[] = []
        const result = await network.accountMetrics(choreContext(ctx, account, network, told))
        await recordToldToChore(ctx, account, told)
        if (result.outcome === 'failed') await expireIfDead(ctx, account, result.failure)
        if (result.outcome !== 'done') return
        const { followers = null, following = null, posts = null, raw } = result.value
        await recordAccountMetrics(
          ctx.db,
          {
            id: ctx.newId(),
            workspaceId: account.workspaceId,
            accountId: account.id,
            followers,
            following,
            posts,
            raw,
          },
          ctx.clock.now(),
        )
        recorded++
      },
      ({ id }, error) => onTrouble(`Collecting the numbers of account ${id} failed`, error),
    )
    if (page.length < pageMax) return recorded
    afterId = page.at(-1)?.id ?? null
  }
}

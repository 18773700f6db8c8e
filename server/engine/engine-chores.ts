import { deleteExpiredRows } from '../storage/expired-rows.ts'
import type { ChoreContext } from './account-chore.ts'
import { collectAccountMetrics } from './collect-account-metrics.ts'
import { collectMetrics } from './collect-metrics.ts'
import { refreshTokens } from './refresh-tokens.ts'

/**
 * The engine's own chores, for `runChores`: what each does, and when, as cron patterns in UTC. Each may be killed at any
 * moment and run again.
 */
export function engineChores(ctx: ChoreContext, onTrouble: (what: string, error: unknown) => void) {
  const tasks: Record<string, () => Promise<void>> = {
    refresh_tokens: async () => void (await refreshTokens(ctx, onTrouble)),
    collect_metrics: async () => void (await collectMetrics(ctx, onTrouble)),
    collect_account_metrics: async () => void (await collectAccountMetrics(ctx, onTrouble)),
    delete_expired_rows: async () => void (await deleteExpiredRows(ctx.db, ctx.clock.now())),
  }
  const schedule: Record<string, string> = {
    refresh_tokens: '*/5 * * * *',
    collect_metrics: '*/5 * * * *',
    collect_account_metrics: '37 * * * *',
    delete_expired_rows: '47 * * * *',
  }
  return { tasks, schedule }
}

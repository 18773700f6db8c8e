import { loadAttempts } from '../storage/attempts.ts'
import { claimLanes, dueLanes, nextWakes } from '../storage/claims.ts'
import { fenceWrites } from '../storage/fences.ts'
import { recordSettlements } from '../storage/settlements.ts'
import type { EngineContext } from './engine-context.ts'

/**
 * Runs every statement of publishing once, over nothing: the first time, a connection has to read its catalog and this
 * process its code, some 100 ms in all, and the first post of the day should not pay for that. The pool hands out the
 * connection that was used last, and the heartbeat keeps that one open.
 */
export async function warmUp(ctx: EngineContext, processId: string): Promise<void> {
  const now = ctx.clock.now()
  const networks = [...ctx.networks.keys()]
  await dueLanes(ctx.db, networks, now)
  await nextWakes(ctx.db, networks, now)
  await claimLanes(ctx.db, [], { processId, networks, leaseMs: 0, now })
  await loadAttempts(ctx.db, [])
  await fenceWrites(ctx.db, [], { processId, now })
  await ctx.db.transaction().execute((tx) => recordSettlements(tx, [], { processId, now }))
}

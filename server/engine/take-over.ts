import { takeOver } from '../storage/leases.ts'
import { instantOf } from './lease.ts'
import type { Parts } from './parts.ts'
import type { Runs } from './runs.ts'

/**
 * Goes on with what nobody works on: deliveries of processes that died or went silent, whose lease has run out, and
 * parked ones whose time has come. What happens to each is decided in publish.ts by what it left on disk.
 * @returns how many were taken from another process.
 */
export function createTakeOver(parts: Parts, runs: Runs): () => Promise<number> {
  const { ctx, timing, observer, processId } = parts
  const networks = [...ctx.networks.keys()]
  let running: Promise<number> | null = null

  async function take(): Promise<number> {
    const max = runs.free()
    if (max === 0 || parts.isStopping()) return 0
    const askedAt = instantOf(ctx.clock)
    const { leaseMs, silentMs } = timing
    const taken = await takeOver(ctx.db, {
      processId,
      networks,
      leaseMs,
      silentMs,
      max,
      now: ctx.clock.now(),
    })
    runs.start(
      taken.map(({ deliveryId, accountId, attempt, wasParked, oldLeaseMs }) => ({
        deliveryId,
        accountId,
        attempt,
        takenOver: wasParked ? null : { oldLeaseMs },
      })),
      askedAt,
    )
    const fromOthers = taken.filter(({ wasParked }) => !wasParked).length
    if (fromOthers > 0) observer.tookOver?.(fromOthers)
    return fromOthers
  }

  return () => {
    running ??= take().finally(() => {
      running = null
    })
    return running
  }
}

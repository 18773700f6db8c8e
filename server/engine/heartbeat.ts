import { beat, renewLeases } from '../storage/leases.ts'
import { instantOf } from './lease.ts'
import type { Parts } from './parts.ts'
import { hasBegun } from './run.ts'
import type { Runs } from './runs.ts'

export interface Heartbeat {
  /** When the last beat reached the database, on the monotonic clock; null before the first. */
  lastBeatAt(): number | null
  stop(): Promise<void>
}

/**
 * Leases with more left than this share are not renewed yet: most deliveries are done before it matters. Those that
 * still prepare are renewed at every beat, and so learn soon of an edit or a cancellation.
 */
const renewBelow = 2 / 3
const renewPreparingBelow = 0.95

/**
 * Says every `beatMs` that this process lives, renews the leases of its deliveries, and lets go of those that are no
 * longer its own.
 * @param onBeat called after each beat; `hasLost` when a process that was alive is not any more.
 */
export function startHeartbeat(
  parts: Parts,
  runs: Runs,
  onBeat: (hasLost: boolean) => Promise<void>,
): Heartbeat {
  const { ctx, timing, observer, processId, options } = parts
  let lastBeatAt: number | null = null
  let others = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function once() {
    try {
      const alive = await beat(
        ctx.db,
        { id: processId, role: options.role ?? 'engine', host: options.host ?? '' },
        { silentMs: timing.silentMs, now: ctx.clock.now() },
      )
      lastBeatAt = performance.now()
      await renew()
      const hasLost = [...others].some((id) => !alive.includes(id))
      others = new Set(alive)
      await onBeat(hasLost)
    } catch (error) {
      observer.trouble?.('The heartbeat did not reach the database', error)
    }
  }

  async function renew() {
    const due = runs
      .all()
      .filter(
        (run) => run.lease.leftMs() < timing.leaseMs * (hasBegun(run) ? renewBelow : renewPreparingBelow),
      )
    if (due.length === 0) return
    const askedAt = instantOf(ctx.clock)
    const ours = await renewLeases(
      ctx.db,
      due.map(({ row }) => ({ deliveryId: row.id, attempt: row.attempt })),
      { processId, leaseMs: timing.leaseMs },
    )
    for (const run of due) {
      const lease = ours.get(run.row.id)
      if (lease?.renewed) run.lease.extend(askedAt, timing.leaseMs)
      if (lease) continue
      run.isLost = true
      run.stop.abort()
    }
  }

  let beating = loop()
  async function loop() {
    await once()
    if (isStopped) return
    timer = setTimeout(() => {
      beating = loop()
    }, timing.beatMs)
  }

  return {
    lastBeatAt: () => lastBeatAt,
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await beating
    },
  }
}

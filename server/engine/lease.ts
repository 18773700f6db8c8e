/**
 * How much of a lease is left, as its owner may believe. The database decides, by its own clock; this is the
 * owner's pessimistic view of it, counted from before the statement that granted it was sent.
 */
export interface Lease {
  leftMs(): number
  /** The lease now lasts `ms` from `at`, the instant before the statement was sent. */
  extend(at: Instant, ms: number): void
}

/** One instant on both clocks. */
export interface Instant {
  monotonic: number
  wall: number
}

/** @param clock the wall clock, which goes on while a suspended machine's monotonic one stands still (answers 3.1). */
export const instantOf = (clock: { now(): Date }): Instant => ({
  monotonic: performance.now(),
  wall: clock.now().getTime(),
})

export function createLease(clock: { now(): Date }, grantedAt: Instant, grantedMs: number): Lease {
  let at = grantedAt
  let ms = grantedMs
  const leftMs = () => {
    const now = instantOf(clock)
    return ms - Math.max(now.monotonic - at.monotonic, now.wall - at.wall)
  }
  return {
    leftMs,
    extend(newAt, newMs) {
      const now = instantOf(clock)
      const newLeftMs = newMs - Math.max(now.monotonic - newAt.monotonic, now.wall - newAt.wall)
      if (newLeftMs <= leftMs()) return
      at = newAt
      ms = newMs
    },
  }
}

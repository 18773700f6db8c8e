import { performance } from 'node:perf_hooks'
import type pg from 'pg'

/**
 * The database's clock, read without asking it each time: all processes of one installation agree on the time, however
 * wrong their own machines' clocks are.
 *
 * Between two comparisons it runs on the monotonic clock, so that a corrected wall clock moves nothing. A suspended
 * machine stops the monotonic clock but not the wall clock; as soon as the two drift apart the database is asked again.
 * Until it answers, time is behind and never ahead: nothing goes out early.
 */
export interface DatabaseClock {
  now(): Date
  stop(): void
}

/** Crystals drift by less than 0.1 ms a second, so a minute keeps machines within a few milliseconds. */
const compareEveryMs = 60_000
/** Wall and monotonic time apart by this much means a step or a suspension, not drift. */
const stepMs = 500
/** An answer that took longer says little about the present; the next comparison is soon enough. */
const roundTripMsMax = 250

export async function startDatabaseClock(pool: pg.Pool): Promise<DatabaseClock> {
  let base = await compare(pool)
  let comparing = false
  const timer = setInterval(recompare, compareEveryMs)
  timer.unref()

  function recompare() {
    if (comparing) return
    comparing = true
    compare(pool)
      .then((next) => {
        // A slow answer is used only when the old base is known to be wrong.
        if (next.roundTripMs <= roundTripMsMax || stepped()) base = next
      })
      .catch(() => undefined) // The database is away; the old base stays good, and readiness tells of the rest.
      .finally(() => {
        comparing = false
      })
  }

  function stepped() {
    const apart = Date.now() - base.wall - (performance.now() - base.monotonic)
    return Math.abs(apart) > stepMs
  }

  return {
    now() {
      if (stepped()) recompare()
      return new Date(base.database + (performance.now() - base.monotonic))
    },
    stop: () => clearInterval(timer),
  }
}

async function compare(pool: pg.Pool) {
  const before = performance.now()
  const { rows } = await pool.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  )
  const after = performance.now()
  const monotonic = (before + after) / 2
  return {
    database: (rows[0] as { ms: number }).ms,
    monotonic,
    wall: Date.now() - (after - monotonic),
    roundTripMs: after - before,
  }
}

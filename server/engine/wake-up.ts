import { setTimeout as pause } from 'node:timers/promises'
import { dueLanes, dueLanesAfter, laneRoundMax, nextWakes } from '../storage/claims.ts'
import { listenForWakes, type WakeListener } from '../storage/wake-listener.ts'
import type { Claimer } from './claim.ts'
import type { Parts } from './parts.ts'

export interface WakeUp {
  /** Look at the table now. */
  look(): void
  /** Look no later than in `ms`. */
  within(ms: number): void
  /** When the table was last looked at, on the monotonic clock; null before the first time. */
  lastLookAt(): number | null
  isListening(): boolean
  stop(): Promise<void>
}

/** After trouble with the database, and between looks that find only work that cannot start. */
const againMs = 250
const parkedAgainMs = 50
/** Between rounds of all accounts while the backlog is longer than one look. */
const roundPauseMs = 100

/**
 * Looks for due work: at the next due time by a timer, at once when somebody says that there is some (NOTIFY), and
 * every minute in any case. The timer never runs longer than that minute, since setTimeout fires at once past 24.8
 * days (answers 3.4).
 */
export function startWakeUp(parts: Parts, claimer: Claimer, takeOver: () => Promise<number>): WakeUp {
  const { ctx, timing, observer, options } = parts
  const networks = [...ctx.networks.keys()]
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let timerAt = Number.POSITIVE_INFINITY
  let lastLookAt: number | null = null
  let isLooking = false
  let lookAgain = false
  let looking = Promise.resolve()
  let round: Promise<void> | null = null
  let roundAgain = false

  function within(ms: number) {
    const at = performance.now() + Math.max(0, ms)
    if (isStopped || at >= timerAt) return
    clearTimeout(timer)
    timerAt = at
    // Timers may fire a little early; a look that finds nothing yet would cost two statements.
    timer = setTimeout(look, Math.ceil(Math.max(0, ms)))
  }

  function look() {
    if (isStopped) return
    lookAgain = true
    if (isLooking) return
    isLooking = true
    looking = lookWhileAsked()
  }

  async function lookWhileAsked() {
    while (lookAgain && !isStopped) {
      lookAgain = false
      clearTimeout(timer)
      timerAt = Number.POSITIVE_INFINITY
      within(listener.isListening() ? timing.rescanMs : timing.rescanDeafMs)
      try {
        await lookOnce()
        lastLookAt = performance.now()
      } catch (error) {
        observer.trouble?.('Looking for due deliveries failed', error)
        within(againMs)
      }
    }
    isLooking = false
  }

  async function lookOnce() {
    const now = ctx.clock.now()
    const startedAt = performance.now()
    const due = await dueLanes(ctx.db, networks, now)
    claimer.offer(due.accountIds)
    if (!due.isComplete) visitLanes()
    const { dueMs, parkedMs } = await nextWakes(ctx.db, networks, now)
    if (dueMs !== null) within(dueMs - (performance.now() - startedAt))
    if (parkedMs === null) return
    if (parkedMs <= 0) await takeOver()
    within(Math.max(parkedMs, parkedAgainMs))
  }

  /** Rounds of all accounts with scheduled work, so that none waits behind another's backlog. */
  function visitLanes() {
    roundAgain = true
    round ??= visitWhileAsked()
  }

  async function visitWhileAsked() {
    while (roundAgain && !isStopped) {
      roundAgain = false
      await visitAllLanes()
    }
    round = null
  }

  async function visitAllLanes() {
    try {
      let next: string | null = null
      do {
        const page = await dueLanesAfter(ctx.db, networks, next, ctx.clock.now())
        claimer.offer(page.accountIds)
        while (claimer.waiting() > laneRoundMax && !isStopped) await pause(roundPauseMs)
        next = page.next
      } while (next && !isStopped)
      await pause(roundPauseMs)
    } catch (error) {
      observer.trouble?.('Looking for due deliveries failed', error)
      within(againMs)
    }
  }

  const listener: WakeListener = listenForWakes({
    connectionString: options.listenUrl,
    onWake: (at) => within(at.getTime() - ctx.clock.now().getTime()),
    onListening: look,
    onTrouble: (what, error) => {
      observer.trouble?.(what, error)
      within(timing.rescanDeafMs)
    },
  })
  look()

  return {
    look,
    within,
    lastLookAt: () => lastLookAt,
    isListening: () => listener.isListening(),
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await Promise.all([listener.close(), looking, round])
    },
  }
}

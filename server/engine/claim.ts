import { setTimeout as pause } from 'node:timers/promises'
import { theEngine } from '../domain/actor.ts'
import { snoozeApp } from '../storage/app-budgets.ts'
import { type ClaimedLane, cancelLane, claimLanes, holdLane, snoozeLane } from '../storage/claims.ts'
import { isPassingTrouble, isUniqueViolation } from '../storage/database-trouble.ts'
import { recordSettledPosts } from '../storage/settled-posts.ts'
import { accountFailure } from './judge.ts'
import { type Instant, instantOf } from './lease.ts'
import type { Parts } from './parts.ts'
import type { Held, Runs } from './runs.ts'
import { claimBatchMax } from './timing.ts'

/** The accounts that may have due work, waiting in line for a claim. */
export interface Claimer {
  /** Puts accounts at the end of the line; those in the line or at work already are left out. */
  offer(accountIds: string[]): void
  waiting(): number
  /** No further claims; resolves when none is under way. */
  stop(): Promise<void>
}

const troublePauseMs = 500
const lockedLaneMsMax = 1_000

/**
 * Claims for the accounts in line, many in one statement, as far as there are free places. First come, first served,
 * and an account goes to the end of the line after each delivery, so that all of them advance alike.
 * @param onSnooze called with the instant at which an account or an app over its budget may go on.
 */
export function createClaimer(parts: Parts, runs: Runs, onSnooze: (until: Date) => void): Claimer {
  const { ctx, timing, observer } = parts
  const networks = [...ctx.networks.keys()]
  const line = new Set<string>()
  const lockedTimes = new Map<string, number>()
  let isClaiming = false
  let claiming = Promise.resolve()
  let isStopped = false

  function offer(accountIds: string[]) {
    if (isStopped) return
    for (const id of accountIds) if (!runs.isBusy(id)) line.add(id)
    if (isClaiming || line.size === 0) return
    isClaiming = true
    claiming = claimAll()
  }

  async function claimAll() {
    // Everything that ends in this turn of the event loop goes into one claim.
    await new Promise(setImmediate)
    while (!isStopped && line.size > 0 && runs.free() > 0) {
      const accountIds = [...line].slice(0, Math.min(claimBatchMax, runs.free()))
      for (const id of accountIds) line.delete(id)
      try {
        await claim(accountIds)
      } catch (error) {
        observer.trouble?.('Claiming due deliveries failed', error)
        if (isPassingTrouble(error)) for (const id of accountIds) line.add(id)
        await pause(troublePauseMs)
      }
    }
    isClaiming = false
  }

  async function claim(accountIds: string[]) {
    await parts.at('before-claim', null)
    const askedAt = instantOf(ctx.clock)
    const now = ctx.clock.now()
    const lanes = await claimOrOneByOne(accountIds, now)
    await begin(lanes, askedAt)
    const seen = new Set(lanes.map((lane) => lane.accountId))
    askAgain([
      ...accountIds.filter((id) => !seen.has(id)),
      ...lanes.filter((lane) => lane.isDue && !lane.deliveryId).map((lane) => lane.accountId),
    ])
    for (const lane of lanes) if (!lane.isDue) await setAside(lane, now)
  }

  /** Two processes can meet on one account in the moment between reading and writing; the index refuses the second. */
  async function claimOrOneByOne(accountIds: string[], now: Date): Promise<ClaimedLane[]> {
    const claim = { processId: parts.processId, networks, leaseMs: timing.leaseMs, now }
    try {
      return await claimLanes(ctx.db, accountIds, claim)
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      const lanes: ClaimedLane[] = []
      for (const id of accountIds)
        try {
          lanes.push(...(await claimLanes(ctx.db, [id], claim)))
        } catch (inner) {
          if (!isUniqueViolation(inner)) throw inner
        }
      return lanes
    }
  }

  async function begin(lanes: ClaimedLane[], askedAt: Instant) {
    const held: Held[] = []
    for (const { accountId, deliveryId, attempt } of lanes) {
      lockedTimes.delete(accountId)
      if (deliveryId && attempt !== null) held.push({ accountId, deliveryId, attempt, takenOver: null })
    }
    await Promise.all(held.map(({ deliveryId }) => parts.at('after-claim', deliveryId)))
    runs.start(held, askedAt)
  }

  /** Somebody holds the account, the delivery or its post, for the milliseconds of a transaction. */
  function askAgain(accountIds: string[]) {
    for (const id of accountIds) {
      const times = lockedTimes.get(id) ?? 0
      lockedTimes.set(id, times + 1)
      setTimeout(() => offer([id]), Math.min(timing.lockedLaneMs * 2 ** times, lockedLaneMsMax)).unref()
    }
  }

  /** The lane gave nothing. If that is because of its account, what is due there must not be due for ever. */
  async function setAside(lane: ClaimedLane, now: Date) {
    if (lane.accountState === 'disconnected') return await cancelDue(lane.accountId, now)
    const failure = accountFailure(lane)
    if (failure) return await holdLane(ctx.db, lane.accountId, failure, now)
    const { accountId, blockedUntil, appBlockedUntil } = lane
    if (appBlockedUntil && appBlockedUntil > now) {
      await snoozeApp(ctx.db, accountId, appBlockedUntil, now)
      onSnooze(appBlockedUntil)
    } else if (blockedUntil && blockedUntil > now) {
      await snoozeLane(ctx.db, accountId, blockedUntil, now)
      onSnooze(blockedUntil)
    }
  }

  async function cancelDue(accountId: string, now: Date) {
    await ctx.db.transaction().execute(async (tx) => {
      const postIds = await cancelLane(tx, accountId, now)
      await recordSettledPosts(tx, theEngine, { postIds, failedNow: new Set(), newId: ctx.newId, now })
    })
  }

  return {
    offer,
    waiting: () => line.size,
    async stop() {
      isStopped = true
      await claiming
    },
  }
}

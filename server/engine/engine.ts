import { setTimeout as pause } from 'node:timers/promises'
import { forgetOtherApps } from '../storage/app-budgets.ts'
import { type EngineHealth, engineHealth } from '../storage/engine-health.ts'
import { checkpointSteps, type FinishedStep } from '../storage/fences.ts'
import { endProcess, forgetDeadProcesses } from '../storage/leases.ts'
import { wakeEngine } from '../storage/wake.ts'
import { clientIds } from './app-budget.ts'
import { createBatch } from './batch.ts'
import { createClaimer } from './claim.ts'
import type { EngineContext, EngineOptions } from './engine-context.ts'
import { createFence } from './fence.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { Parts } from './parts.ts'
import { hasBegun } from './run.ts'
import { createRuns } from './runs.ts'
import { createSettle } from './settle.ts'
import { createTakeOver } from './take-over.ts'
import { recordBatchMax, timingDefault } from './timing.ts'
import { startWakeUp } from './wake-up.ts'
import { warmUp } from './warm-up.ts'

export interface Engine {
  /** This process in the processes table and in leases. */
  processId: string
  /** What this process does at the moment; needs no database. */
  state(): EngineState
  /** Whether publishing works at all, over all processes; asks the database. */
  health(): Promise<EngineHealth & { isHere: boolean }>
  /** Looks for due work now. */
  look(): void
  /** Finishes what is visible already, within a bound, and hands over the rest. */
  stop(): Promise<void>
}

export interface EngineState {
  inFlight: number
  /** Accounts in line for a claim. */
  waitingLanes: number
  isListening: boolean
  /** Since the table was last looked at; null before the first time. */
  lastLookMs: number | null
  /** Since the last heartbeat reached the database; null before the first. */
  lastBeatMs: number | null
}

/** Starts publishing: from now on what is due goes out. */
export function startEngine(ctx: EngineContext, options: EngineOptions): Engine {
  const processId = ctx.newId()
  const timing = { ...timingDefault, ...options.timing }
  const observer = options.observer ?? {}
  let isStopping = false

  const checkpoints = createBatch<FinishedStep, boolean>({
    sizeMax: recordBatchMax,
    patienceMs: timing.leaseMs,
    onTrouble: (error) => observer.trouble?.('Recording finished steps failed', error),
    flush: async (steps) => {
      const ours = await checkpointSteps(ctx.db, steps, processId)
      return steps.map((step) => ours.has(step.deliveryId))
    },
  })
  const parts: Parts = {
    ctx,
    processId,
    timing,
    observer,
    options,
    isStopping: () => isStopping,
    fence: createFence(ctx, processId, timing.leaseMs, observer),
    checkpoint: checkpoints.add,
    settle: createSettle(ctx, processId, observer, (ms) => wakeUp.within(ms)),
    at: (point, deliveryId) => options.at?.(point, deliveryId),
    random: () => ctx.randomBytes(4).readUInt32BE(0) / 2 ** 32,
  }

  const runs = createRuns(parts, (accountId) => claimer.offer([accountId]))
  const claimer = createClaimer(parts, runs, (until) =>
    wakeUp.within(until.getTime() - ctx.clock.now().getTime()),
  )
  const takeOver = createTakeOver(parts, runs)
  const wakeUp = startWakeUp(parts, claimer, takeOver)
  const heartbeat = startHeartbeat(parts, runs, async (hasLost) => {
    // A process that died may have left due work that only it knew of.
    if ((await takeOver()) > 0 || hasLost) wakeUp.look()
  })
  warmUp(ctx, processId).catch((error) => observer.trouble?.('Warming up failed', error))
  forgetOtherApps(ctx.db, clientIds(ctx)).catch((error) =>
    observer.trouble?.('Forgetting old apps failed', error),
  )
  forgetDeadProcesses(ctx.db).catch((error) => observer.trouble?.('Forgetting dead processes failed', error))

  async function stop() {
    if (isStopping) return
    isStopping = true
    await Promise.all([wakeUp.stop(), claimer.stop()])
    for (const run of runs.all()) if (!hasBegun(run)) run.stop.abort()
    await Promise.race([runs.idle(), pause(timing.stopMs, undefined, { ref: false })])
    await heartbeat.stop()
    // What is left hangs at a network. With the process gone from the table, others look after it.
    try {
      await endProcess(ctx.db, processId)
      await wakeEngine(ctx.db, ctx.clock.now())
    } catch (error) {
      observer.trouble?.('Saying goodbye failed', error)
    }
  }

  const since = (at: number | null) => (at === null ? null : performance.now() - at)
  return {
    processId,
    state: () => ({
      inFlight: runs.count(),
      waitingLanes: claimer.waiting(),
      isListening: wakeUp.isListening(),
      lastLookMs: since(wakeUp.lastLookAt()),
      lastBeatMs: since(heartbeat.lastBeatAt()),
    }),
    health: async () => {
      const lastBeatMs = since(heartbeat.lastBeatAt())
      const isHere = !isStopping && lastBeatMs !== null && lastBeatMs < timing.silentMs
      return { ...(await engineHealth(ctx.db, { silentMs: timing.silentMs, now: ctx.clock.now() })), isHere }
    },
    look: wakeUp.look,
    stop,
  }
}

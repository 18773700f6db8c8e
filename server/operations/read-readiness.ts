import { engineHealth } from '../storage/engine-health.ts'
import { missingMigrations } from '../storage/migrate.ts'
import type { Context } from './context.ts'

/** An engine beats every 2 s; three lost beats and it counts as dead. */
const engineSilenceMsMax = 6_000
/** Due posts start within milliseconds; half a minute behind is broken, a burst of thousands is not. */
const latenessMsMax = 30_000

/**
 * Why this server cannot do its work, in sentences for an operator; empty when it can. Asked by `/readyz` without a
 * login, so nothing here tells of tenants.
 * @param ownEngine what the engine in this process says of itself; null when this process publishes nothing.
 */
export async function readReadiness(
  ctx: Context,
  ownEngine: { lastBeatMs: number | null } | null,
): Promise<string[]> {
  const reasons: string[] = []
  if (ownEngine && (ownEngine.lastBeatMs === null || ownEngine.lastBeatMs > engineSilenceMsMax))
    reasons.push(
      ownEngine.lastBeatMs === null
        ? 'The engine of this process has not started yet.'
        : `The engine of this process has been silent for ${seconds(ownEngine.lastBeatMs)}.`,
    )
  try {
    const missing = await missingMigrations(ctx.db)
    if (missing.length > 0) reasons.push(`The database lacks migrations: ${missing.join(', ')}.`)
    const { enginesAlive, oldestDueMs } = await engineHealth(ctx.db, {
      silentMs: engineSilenceMsMax,
      now: ctx.clock.now(),
    })
    if (enginesAlive === 0) reasons.push('No process is publishing.')
    if (oldestDueMs > latenessMsMax) reasons.push(`Publishing is ${seconds(oldestDueMs)} behind.`)
  } catch {
    reasons.push('The database does not answer.')
  }
  return reasons
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`

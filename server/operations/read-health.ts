import type { Actor } from '../domain/actor.ts'
import { databaseAnswer, queueHealth, storedBytes } from '../storage/instance-figures.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** A process that publishes gives a sign of life every few seconds; none for this long and it counts as gone. */
const engineSilenceMsMax = 30_000
/** Due work older than this means that publishing is behind. */
const latenessMsMax = 60_000

export interface Health {
  healthy: boolean
  at: Date
  database: { latencyMs: number; version: string }
  /** `usedPercent` is null without a limit. */
  storage: { healthy: boolean; usedPercent: number | null }
  queue: { healthy: boolean; pendingJobs: number; problem: string | null }
}

/** Whether the instance does its work (C44): the database answers, media fit, and due posts go out. */
export async function readHealth(ctx: Context, actor: Actor): Promise<Health> {
  await requireInstance(ctx.db, actor, 'analytics.view')
  const at = ctx.clock.now()
  const database = await databaseAnswer(ctx.db, () => performance.now())
  const { due, oldestDueAt, chores, engineBeatAt } = await queueHealth(ctx.db, at)
  const silentMs = engineBeatAt ? at.getTime() - engineBeatAt.getTime() : Number.POSITIVE_INFINITY
  const lateMs = oldestDueAt ? at.getTime() - oldestDueAt.getTime() : 0
  const problem =
    silentMs > engineSilenceMsMax
      ? 'No process is publishing'
      : lateMs > latenessMsMax
        ? `Publishing is ${Math.round(lateMs / 1000)} s behind`
        : null
  const limit = ctx.settings.storageBytesMax
  const usedPercent = limit ? Math.round((1000 * (await storedBytes(ctx.db))) / limit) / 10 : null
  const storage = { healthy: usedPercent === null || usedPercent < 100, usedPercent }
  return {
    healthy: problem === null && storage.healthy,
    at,
    database,
    storage,
    queue: { healthy: problem === null, pendingJobs: due + chores, problem },
  }
}

import type { Actor } from '../domain/actor.ts'
import { listPublished, type PublishedAfter, type PublishedFigures } from '../storage/analytics.ts'
import { periodOf, requireMeasured } from './analytics-subject.ts'
import type { Context } from './context.ts'

/** Rows held in memory at a time, whatever the size of the export. */
const batchRows = 500

/**
 * Every published delivery of a brand in a period with its figures, oldest first (B34). Permission and period are
 * checked before this returns; the rows are then read in batches as the caller takes them.
 */
export async function exportAnalytics(
  ctx: Context,
  actor: Actor,
  input: { brandId: string; from: string; to: string },
): Promise<AsyncIterable<PublishedFigures>> {
  const subject = { brandId: input.brandId }
  const { workspaceId, timezone } = await requireMeasured(
    ctx.db,
    actor,
    'brand',
    input.brandId,
    'analytics.export',
  )
  const period = periodOf(input, timezone, ctx.clock.now())
  return (async function* rows() {
    let after: PublishedAfter | null = null
    while (true) {
      const batch: PublishedFigures[] = await listPublished(ctx.db, workspaceId, subject, period, {
        after,
        limit: batchRows,
      })
      yield* batch
      const last = batch.at(-1)
      if (!last || batch.length < batchRows) return
      after = last
    }
  })()
}

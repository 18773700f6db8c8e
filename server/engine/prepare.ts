import type { Failure } from '../domain/delivery.ts'
import type { KeySource, Write } from '../networks/network.ts'
import { deadline } from './deadline.ts'
import { fetchMedia } from './fetch-media.ts'
import { draftOf } from './judge.ts'
import { MediaTrouble, mediaFiles } from './media-files.ts'
import type { Parts } from './parts.ts'
import { accountLimits, isStale, publishContext } from './publish-context.ts'
import { Lost, type Run, storedPlan } from './run.ts'

export type Planned = { outcome: 'planned'; plan: Write[] } | { outcome: 'failed'; failure: Failure }

/**
 * The writes of this delivery. A stored plan is used again, so that a retry sends what the first try would have sent,
 * under the same keys; unless something it relies on has gone stale (an upload the network has thrown away).
 * Otherwise the media are fitted, the draft is checked by the same rules as in the composer, the network prepares
 * (uploads, containers; nothing visible), and plans.
 */
export async function planWrites(parts: Parts, run: Run): Promise<Planned> {
  const { ctx, timing } = parts
  const stored = storedPlan(run)
  const now = ctx.clock.now()
  const steps = Object.values(run.row.checkpoint.steps ?? {})
  if (stored && !steps.some((step) => isStale(step, now))) {
    const failure = await ready(parts, run)
    return failure ? { outcome: 'failed', failure } : { outcome: 'planned', plan: stored }
  }

  using time = deadline(timing.prepareMsMax, run.stop.signal)
  const failure = await ready(parts, run)
  if (failure) return { outcome: 'failed', failure }
  const limits = accountLimits(run.row, run.network)
  const files = run.files ?? []
  const { draft, failure: unfit } = draftOf(run, limits, files)
  if (unfit) return { outcome: 'failed', failure: unfit }
  const delivery = { deliveryId: run.row.id, draft, media: files, limits }
  const result = await time.race(run.network.prepare(publishContext(parts, run, time.signal), delivery))
  if (result.outcome === 'failed') return result
  const plan = run.network.plan(delivery, result.prepared, keySource(parts))
  if (plan.length === 0) throw new Error(`${run.network.id} planned no writes`)
  return { outcome: 'planned', plan }
}

/** Makes `run.files`, which the network may need for the visible request as well. */
async function ready(parts: Parts, run: Run): Promise<Failure | null> {
  const { row } = run
  if (run.files) return null
  try {
    const fetched =
      row.media.length === 0 && row.post.mediaUrls.length > 0
        ? await fetchMedia(parts, run, publishContext(parts, run, run.stop.signal))
        : row.media
    run.files = await mediaFiles(parts, fetched, accountLimits(row, run.network))
    return null
  } catch (error) {
    if (error instanceof MediaTrouble) return error.failure
    if (error instanceof Lost || run.stop.signal.aborted) throw error
    parts.observer.trouble?.('Reading media failed', error, row.id)
    return {
      class: 'transient',
      rule: 'media_unreadable',
      message: 'The files of this post could not be read or converted.',
      remedy: 'It is tried again; if that does not help, upload the files anew.',
    }
  }
}

const keySource = ({ ctx }: Parts): KeySource => ({
  uuid: () => {
    const bytes = ctx.randomBytes(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  },
  now: () => ctx.clock.now(),
  random: (below) => ctx.randomBytes(6).readUIntBE(0, 6) % below,
})

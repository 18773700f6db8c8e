import { setTimeout as wait } from 'node:timers/promises'
import { asString, at } from '../../net/read-json.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { PrepareFailed } from './prepare-failed.ts'
import { askedFailure, readRest } from './session.ts'

/** LinkedIn names no time; what takes longer is looked at again by the next try. */
const processingMsMax = 5 * 60_000
const lookEveryMs = 1_000

/** @param path of the asset below `/rest/` */
export async function awaitAvailable(ctx: PublishContext, file: MediaFile, path: string): Promise<boolean> {
  const startedAt = performance.now()
  for (;;) {
    const asked = await readRest(ctx, path)
    // An app may be allowed to upload and not to look; the post then says by itself when it is too early.
    if (asked.kind === 'answer' && asked.status === 403) return true
    if (asked.kind !== 'answer' || !asked.ok)
      throw new PrepareFailed(askedFailure(asked, `take ${file.filename}`, ctx.now()))
    const status = asString(at(asked.json, 'status'))
    if (status === 'AVAILABLE') return true
    if (status === 'PROCESSING_FAILED')
      throw new PrepareFailed({
        class: 'permanent',
        rule: 'linkedin.processing_failed',
        message: `LinkedIn could not process ${file.filename}.`,
        remedy:
          file.kind === 'video'
            ? 'Encode it as MP4 with H.264 and AAC, and retry.'
            : 'Save it anew as PDF with at most 300 pages and without a password, and retry.',
      })
    if (performance.now() - startedAt > processingMsMax || ctx.signal.aborted)
      throw new PrepareFailed({
        class: 'transient',
        rule: 'linkedin.processing',
        message: `LinkedIn is still processing ${file.filename}.`,
        remedy: 'Nothing to do: it is tried again, without sending the file anew.',
      })
    await wait(lookEveryMs, null, { signal: ctx.signal }).catch(() => null) // a stop ends the wait; the next turn says so
  }
}

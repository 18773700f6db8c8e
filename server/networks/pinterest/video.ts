import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '../../domain/delivery.ts'
import { FormData } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'
import { StreamedFile } from '../../net/streamed-file.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { ask } from './access.ts'
import { failureOf } from './failure.ts'

/** How long an upload that no Pin uses is kept is not documented; half a day is surely less. */
const uploadValidMs = 12 * 60 * 60_000
/** 2 GB over a slow line. */
const uploadTimeoutMs = 30 * 60_000
/** Processing takes seconds to minutes. After about two minutes the engine's backoff takes over. */
const pollDelaysMs = [300, 500, 1000, 2000, ...Array.from({ length: 24 }, () => 5000)]

/** Carries a failure out of a checkpointed step, whose result is kept only when it succeeds. */
export class VideoFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/**
 * Registers an upload, sends the file to where Pinterest says, and waits until it is processed. Nothing is visible yet.
 * Registering and sending are one step, because the signed parameters between them are a credential.
 * @returns the media id that a Pin refers to.
 * @throws VideoFailed
 */
export async function uploadVideo(ctx: PublishContext, file: MediaFile): Promise<string> {
  const options = { validMs: uploadValidMs }
  const mediaId = await ctx.step(`upload:${file.id}`, () => upload(ctx, file), options)
  await ctx.step(`processed:${file.id}`, () => waitUntilProcessed(ctx, mediaId, file), options)
  return mediaId
}

async function upload(ctx: PublishContext, file: MediaFile): Promise<string> {
  const registered = await ask(ctx, { method: 'POST', path: '/media', json: { media_type: 'video' } })
  const body = registered.kind === 'answer' && registered.ok ? asRecord(registered.json) : undefined
  const mediaId = asString(body?.media_id)
  const uploadUrl = asString(body?.upload_url)
  if (!mediaId || !uploadUrl) throw new VideoFailed(failureOf(registered, `take ${file.filename}`, ctx.now()))
  const multipart = new FormData()
  for (const [name, value] of Object.entries(asRecord(body?.upload_parameters) ?? {}))
    if (typeof value === 'string') multipart.append(name, value)
  multipart.append(
    'file',
    new StreamedFile({
      name: file.filename,
      mimeType: file.mimeType,
      bytes: file.bytes,
      open: () => file.stream(),
    }),
  )
  // Another server, with its own signature in the form: Pinterest's token stays away from it.
  const sent = await ctx.http.send({
    method: 'POST',
    url: uploadUrl,
    multipart,
    timeoutMs: uploadTimeoutMs,
    signal: ctx.signal,
  })
  if (sent.kind === 'answer' && sent.ok) return mediaId
  const failure = failureOf(sent, `store ${file.filename}`, ctx.now())
  // The signature runs out after an hour; the next try registers anew.
  const isSigned = sent.kind === 'answer' && (sent.status === 401 || sent.status === 403)
  throw new VideoFailed(
    isSigned ? { ...failure, class: 'transient', rule: 'pinterest.upload_refused' } : failure,
  )
}

async function waitUntilProcessed(ctx: PublishContext, mediaId: string, file: MediaFile): Promise<boolean> {
  for (const delayMs of pollDelaysMs) {
    await sleep(delayMs, undefined, { signal: ctx.signal })
    const asked = await ask(ctx, { method: 'GET', path: `/media/${encodeURIComponent(mediaId)}` })
    const body = asked.kind === 'answer' && asked.ok ? asRecord(asked.json) : undefined
    if (!body) throw new VideoFailed(failureOf(asked, `process ${file.filename}`, ctx.now()))
    if (body.status === 'succeeded') return true
    if (body.status === 'failed')
      throw new VideoFailed({
        class: 'permanent',
        rule: 'pinterest.video_failed',
        message: `Pinterest could not process ${file.filename}.`,
        remedy: 'Convert the video to MP4 with H.264, 4 seconds to 15 minutes long, and retry.',
      })
  }
  throw new VideoFailed({
    class: 'transient',
    rule: 'pinterest.video_processing',
    message: `Pinterest is still processing ${file.filename}`,
    remedy: 'Nothing to do: it is looked at again in a while.',
    retryAfterMs: 30_000,
  })
}

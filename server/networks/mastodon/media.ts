import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '../../domain/delivery.ts'
import { FormData, type HttpAnswer } from '../../net/http.ts'
import { asId, asRecord, asString } from '../../net/read-json.ts'
import { StreamedFile } from '../../net/streamed-file.ts'
import type { Json, MediaFile, PublishContext } from '../network.ts'
import { failureOf } from './failure.ts'
import { send } from './request.ts'

/** Mastodon deletes uploads that no post uses after a day (Vacuum::MediaAttachmentsVacuum, read 2026-11-22). */
const uploadValidMs = 20 * 60 * 60_000
/** 100 MB over a slow line; the bytes leave within this time or the upload is tried again. */
const uploadTimeoutMs = 10 * 60_000
/** Processing a video takes seconds to minutes. After about two minutes the engine's backoff takes over. */
const pollDelaysMs = [300, 500, 1000, 2000, ...Array.from({ length: 24 }, () => 5000)]

/** Carries a failure out of a checkpointed step, whose result is kept only when it succeeds. */
export class UploadFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/**
 * Uploads a file and waits until the server has processed it.
 * @returns the attachment's id. Nothing is visible yet.
 * @throws UploadFailed
 */
export async function uploadMedia(
  ctx: PublishContext,
  file: MediaFile,
  focus: { x: number; y: number } | undefined,
): Promise<string> {
  const uploaded = await ctx.step(`upload:${file.id}`, () => upload(ctx, file, focus), {
    validMs: uploadValidMs,
  })
  if (!uploaded.isReady)
    await ctx.step(`processed:${file.id}`, () => waitUntilProcessed(ctx, uploaded.id, file), {
      validMs: uploadValidMs,
    })
  return uploaded.id
}

// A type, not an interface: it must be assignable to Json.
type Uploaded = { id: string; isReady: boolean } & { [key: string]: Json }

async function upload(
  ctx: PublishContext,
  file: MediaFile,
  focus: { x: number; y: number } | undefined,
): Promise<Uploaded> {
  const post = (path: string) => {
    const part = new StreamedFile({
      name: file.filename,
      mimeType: file.mimeType,
      bytes: file.bytes,
      open: () => file.stream(),
    })
    const multipart = new FormData()
    if (file.altText) multipart.append('description', file.altText)
    if (focus) multipart.append('focus', `${focus.x},${focus.y}`)
    multipart.append('file', part)
    return send(ctx, { method: 'POST', path, multipart, timeoutMs: uploadTimeoutMs })
  }
  let answer = await post('/api/v2/media')
  // Servers older than 3.1.3, and some others, have only the first version, which answers when all is done.
  if (answer.kind === 'answer' && (answer.status === 404 || answer.status === 405))
    answer = await post('/api/v1/media')
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const id = asId(body?.id)
  if (answer.kind !== 'answer' || !body || !id) throw uploadFailed(ctx, answer, file)
  return { id, isReady: answer.status !== 202 && asString(body.url) !== undefined }
}

async function waitUntilProcessed(ctx: PublishContext, id: string, file: MediaFile): Promise<boolean> {
  for (const delayMs of pollDelaysMs) {
    await sleep(delayMs, undefined, { signal: ctx.signal })
    const answer = await send(ctx, { method: 'GET', path: `/api/v1/media/${encodeURIComponent(id)}` })
    if (answer.kind !== 'answer' || !answer.ok) throw uploadFailed(ctx, answer, file)
    if (answer.status !== 206 && asString(asRecord(answer.json)?.url) !== undefined) return true
  }
  throw new UploadFailed({
    class: 'transient',
    rule: 'mastodon.media_processing',
    message: `The server is still processing ${file.filename}`,
    remedy: 'Nothing to do: it is looked at again in a while.',
    retryAfterMs: 30_000,
  })
}

function uploadFailed(ctx: PublishContext, answer: HttpAnswer, file: MediaFile): UploadFailed {
  const failure = failureOf(answer, `take ${file.filename}`, ctx.now())
  if (failure.rule === 'mastodon.rejected')
    return new UploadFailed({
      ...failure,
      rule: 'mastodon.media_rejected',
      remedy: 'Convert the file to a format that the server takes, or remove it.',
    })
  // An answer of 200 without an id: what it says is not about this post.
  if (answer.kind === 'answer' && answer.ok)
    return new UploadFailed({
      class: 'transient',
      rule: 'mastodon.server_error',
      message: `The server took ${file.filename} but did not say under which id`,
      remedy: 'Nothing to do: it is tried again.',
    })
  return new UploadFailed(failure)
}

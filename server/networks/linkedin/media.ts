import { setTimeout as wait } from 'node:timers/promises'
import type { Failure } from '../../domain/delivery.ts'
import type { HttpAnswer, HttpRequest } from '../../net/http.ts'
import { asList, asNumber, asString, at } from '../../net/read-json.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { type Asked, askedFailure, authorized, readTimeoutMs } from './session.ts'

const uploadTimeoutMs = 5 * 60_000
const processingMsMax = 5 * 60_000

/** Carries a failure out of a step, so that the step is not kept as finished. */
export class PrepareFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Uploads one file as the account's own; answers its URN. */
export const uploadMedia = (ctx: PublishContext, file: MediaFile, index: number): Promise<string> =>
  file.kind === 'video'
    ? uploadVideo(ctx, file, index)
    : ctx.step(`image ${index}`, () => uploadImage(ctx, file))

async function uploadImage(ctx: PublishContext, file: MediaFile): Promise<string> {
  const started = await authorized(ctx, () =>
    action(ctx, 'images', 'initializeUpload', { initializeUploadRequest: { owner: ctx.account.externalId } }),
  )
  const value = valueIn(started)
  const [url, urn] = [asString(at(value, 'uploadUrl')), asString(at(value, 'image'))]
  if (!url || !urn) throw failed(ctx, started, file)
  const bytes = await file.open()
  const sent = await authorized(ctx, () => put(ctx, url, bytes))
  if (sent.kind !== 'answer' || !sent.ok) throw failed(ctx, sent, file)
  return urn
}

/** In parts that LinkedIn names, each confirmed by its ETag; the addresses carry their own permission. */
async function uploadVideo(ctx: PublishContext, file: MediaFile, index: number): Promise<string> {
  const urn = await ctx.step(`video ${index}`, async () => {
    const started = await authorized(ctx, () =>
      action(ctx, 'videos', 'initializeUpload', {
        initializeUploadRequest: {
          owner: ctx.account.externalId,
          fileSizeBytes: file.bytes,
          uploadCaptions: false,
          uploadThumbnail: false,
        },
      }),
    )
    const value = valueIn(started)
    const video = asString(at(value, 'video'))
    if (!video) throw failed(ctx, started, file)
    const parts: string[] = []
    const pieces = piecesOf(await file.stream())
    for (const instruction of asList(at(value, 'uploadInstructions'))) {
      const url = asString(at(instruction, 'uploadUrl')) ?? ''
      const size =
        (asNumber(at(instruction, 'lastByte')) ?? 0) - (asNumber(at(instruction, 'firstByte')) ?? 0) + 1
      const sent = await ctx.http.send(put(ctx, url, await pieces(size)))
      const etag = sent.kind === 'answer' && sent.ok ? sent.headers.get('etag') : null
      if (!etag) throw failed(ctx, sent, file)
      parts.push(etag)
    }
    const finished = await authorized(ctx, () =>
      action(ctx, 'videos', 'finalizeUpload', {
        finalizeUploadRequest: {
          video,
          uploadToken: asString(at(value, 'uploadToken')) ?? '',
          uploadedPartIds: parts,
        },
      }),
    )
    if (finished.kind !== 'answer' || !finished.ok) throw failed(ctx, finished, file)
    return video
  })
  await ctx.step(`processed ${index}`, () => awaitAvailable(ctx, file, urn))
  return urn
}

/** Reads the next so many bytes of a stream, so that a video never stands in memory whole. */
function piecesOf(stream: ReadableStream<Uint8Array>): (size: number) => Promise<Buffer> {
  const reader = stream.getReader()
  let rest = Buffer.alloc(0)
  return async (size) => {
    const parts = [rest]
    let length = rest.length
    while (length < size) {
      const { value, done } = await reader.read()
      if (done) break
      parts.push(Buffer.from(value))
      length += value.length
    }
    const whole = Buffer.concat(parts)
    rest = whole.subarray(size)
    return whole.subarray(0, size)
  }
}

async function awaitAvailable(ctx: PublishContext, file: MediaFile, urn: string): Promise<boolean> {
  const startedAt = performance.now()
  for (;;) {
    const asked = await authorized(ctx, () => ({
      method: 'GET',
      url: `${ctx.origin()}/rest/videos/${encodeURIComponent(urn)}`,
      timeoutMs: readTimeoutMs,
      signal: ctx.signal,
    }))
    // An app may be allowed to upload and not to look; the post then says by itself when it is too early.
    if (asked.kind === 'answer' && asked.status === 403) return true
    if (asked.kind !== 'answer' || !asked.ok) throw failed(ctx, asked, file)
    const status = asString(at(asked.json, 'status'))
    if (status === 'AVAILABLE') return true
    if (status === 'PROCESSING_FAILED')
      throw new PrepareFailed({
        class: 'permanent',
        rule: 'linkedin.video_failed',
        message: `LinkedIn could not process ${file.filename}.`,
        remedy: 'Encode it as MP4 with H.264 and AAC, and retry.',
      })
    if (performance.now() - startedAt > processingMsMax || ctx.signal.aborted)
      throw new PrepareFailed({
        class: 'transient',
        rule: 'linkedin.video_processing',
        message: `LinkedIn is still processing ${file.filename}.`,
        remedy: 'Nothing to do: it is tried again, without sending the video anew.',
      })
    await wait(1_000, null, { signal: ctx.signal }).catch(() => null) // a stop ends the wait; the next turn says so
  }
}

const action = (ctx: PublishContext, what: string, name: string, json: unknown): HttpRequest => ({
  method: 'POST',
  url: `${ctx.origin()}/rest/${what}`,
  query: { action: name },
  json,
  timeoutMs: readTimeoutMs,
  signal: ctx.signal,
})

const put = (ctx: PublishContext, url: string, bytes: Uint8Array): HttpRequest => ({
  method: 'PUT',
  url,
  headers: { 'content-type': 'application/octet-stream' },
  bytes,
  timeoutMs: uploadTimeoutMs,
  signal: ctx.signal,
})

const valueIn = (asked: Asked) => (asked.kind === 'answer' && asked.ok ? at(asked.json, 'value') : undefined)
const failed = (ctx: PublishContext, asked: Asked | HttpAnswer, file: MediaFile) =>
  new PrepareFailed(askedFailure(asked, `take ${file.filename}`, ctx.now()))

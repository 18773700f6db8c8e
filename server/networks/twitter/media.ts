import { setTimeout as wait } from 'node:timers/promises'
import type { Failure } from '../../domain/delivery.ts'
import { FormData, type HttpRequest } from '../../net/http.ts'
import { asNumber, asRecord, asString, at } from '../../net/read-json.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { type Asked, askedFailure, authorized, readTimeoutMs } from './session.ts'

/** An upload may be used for a day (`expires_after_secs` 86400 in X's examples). */
const uploadValidMs = 23 * 60 * 60_000
/** 1000 segments at most; 4 MB each is the documents' own choice. */
const chunkBytes = 4_000_000
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

/** Uploads one file, describes it, and waits until X can show it. Answers its id. */
export async function uploadMedia(ctx: PublishContext, file: MediaFile, index: number): Promise<string> {
  const isPlain = file.kind === 'image' && file.mimeType !== 'image/gif'
  const id = await ctx.step(
    `media ${index}`,
    () => (isPlain ? uploadAtOnce(ctx, file) : uploadInChunks(ctx, file)),
    { validMs: uploadValidMs },
  )
  const { altText } = file
  if (altText && file.kind === 'image')
    await ctx.step(`alternative text ${index}`, () => describe(ctx, file, id, altText), {
      validMs: uploadValidMs,
    })
  if (!isPlain)
    await ctx.step(`processed ${index}`, () => awaitProcessing(ctx, file, id), { validMs: uploadValidMs })
  return id
}

async function uploadAtOnce(ctx: PublishContext, file: MediaFile): Promise<string> {
  const bytes = await file.open()
  const asked = await authorized(ctx, (): HttpRequest => {
    const multipart = new FormData()
    multipart.append('media_category', 'tweet_image')
    multipart.append('media', new Blob([new Uint8Array(bytes)], { type: file.mimeType }), file.filename)
    return post(ctx, '/2/media/upload', { multipart, timeoutMs: uploadTimeoutMs })
  })
  return idIn(ctx, asked, file)
}

async function uploadInChunks(ctx: PublishContext, file: MediaFile): Promise<string> {
  const started = await authorized(ctx, () =>
    post(ctx, '/2/media/upload/initialize', {
      json: {
        media_type: file.mimeType,
        total_bytes: file.bytes,
        media_category: file.kind === 'video' ? 'tweet_video' : 'tweet_gif',
      },
    }),
  )
  const id = idIn(ctx, started, file)
  let segment = 0
  for await (const chunk of chunksOf(await file.stream())) {
    const index = segment++
    const appended = await authorized(ctx, (): HttpRequest => {
      const multipart = new FormData()
      multipart.append('segment_index', String(index))
      multipart.append(
        'media',
        new Blob([new Uint8Array(chunk)], { type: 'application/octet-stream' }),
        'chunk',
      )
      return post(ctx, `/2/media/upload/${id}/append`, { multipart, timeoutMs: uploadTimeoutMs })
    })
    if (appended.kind !== 'answer' || !appended.ok) throw failed(ctx, appended, file)
  }
  const finished = await authorized(ctx, () => post(ctx, `/2/media/upload/${id}/finalize`, {}))
  return idIn(ctx, finished, file)
}

/** Pieces of `chunkBytes`, so that a video of 512 MB never stands in memory. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = []
  let size = 0
  for await (const part of stream) {
    let rest: Uint8Array = part
    while (size + rest.length >= chunkBytes) {
      const taken = chunkBytes - size
      yield Buffer.concat([...parts, rest.subarray(0, taken)])
      rest = rest.subarray(taken)
      parts = []
      size = 0
    }
    parts.push(rest)
    size += rest.length
  }
  if (size > 0) yield Buffer.concat(parts)
}

async function describe(ctx: PublishContext, file: MediaFile, id: string, altText: string): Promise<boolean> {
  const asked = await authorized(ctx, () =>
    post(ctx, '/2/media/metadata', { json: { id, metadata: { alt_text: { text: altText } } } }),
  )
  if (asked.kind === 'answer' && asked.ok) return true
  throw failed(ctx, asked, file)
}

async function awaitProcessing(ctx: PublishContext, file: MediaFile, id: string): Promise<boolean> {
  const startedAt = performance.now()
  for (;;) {
    const asked = await authorized(ctx, () => ({
      method: 'GET',
      url: `${ctx.origin()}/2/media/upload`,
      query: { command: 'STATUS', media_id: id },
      timeoutMs: readTimeoutMs,
      signal: ctx.signal,
    }))
    if (asked.kind !== 'answer' || !asked.ok) throw failed(ctx, asked, file)
    const processing = asRecord(at(asked.json, 'data', 'processing_info'))
    const state = asString(processing?.state) ?? 'succeeded'
    if (state === 'succeeded') return true
    if (state === 'failed') throw new PrepareFailed(notProcessed(file, at(processing, 'error', 'message')))
    if (performance.now() - startedAt > processingMsMax || ctx.signal.aborted)
      throw new PrepareFailed({
        class: 'transient',
        rule: 'twitter.media_processing',
        message: `X is still processing ${file.filename}.`,
        remedy: 'Nothing to do: it is tried again, without sending the file anew.',
      })
    const pauseMs = Math.min(Math.max((asNumber(processing?.check_after_secs) ?? 1) * 1000, 50), 30_000)
    await wait(pauseMs, null, { signal: ctx.signal }).catch(() => null) // a stop ends the wait; the next turn says so
  }
}

const notProcessed = (file: MediaFile, why: unknown): Failure => ({
  class: 'permanent',
  rule: 'twitter.media_failed',
  message: `X could not process ${file.filename}${typeof why === 'string' ? `: ${why.slice(0, 200)}` : ''}.`,
  remedy: 'Encode it as MP4 with H.264 and AAC, at most 140 seconds long, and retry.',
})

const post = (ctx: PublishContext, path: string, more: Partial<HttpRequest>): HttpRequest => ({
  method: 'POST',
  url: `${ctx.origin()}${path}`,
  timeoutMs: readTimeoutMs,
  signal: ctx.signal,
  ...more,
})

function idIn(ctx: PublishContext, asked: Asked, file: MediaFile): string {
  const id = asked.kind === 'answer' && asked.ok ? asString(at(asked.json, 'data', 'id')) : undefined
  if (!id) throw failed(ctx, asked, file)
  return id
}

const failed = (ctx: PublishContext, asked: Asked, file: MediaFile) =>
  new PrepareFailed(askedFailure(asked, `take ${file.filename}`, ctx.now()))

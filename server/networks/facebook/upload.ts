import type { HttpAnswer } from '../../net/http.ts'
import { FormData } from '../../net/http.ts'
import { asId, asString, graphFailure, graphObject } from '../graph-api.ts'
import { PrepareFailed } from '../graph-containers.ts'
import type { AccountContext, MediaFile, PublishContext } from '../network.ts'
import { facebookGraph, pagePath, sendAsPage, tokenOf } from './api.ts'

/** Photos that no post shows are deleted after about a day; started videos are not told to last longer. */
const uploadValidMs = 23 * 3_600_000
/** Ten megabytes on a slow line; and what a whole reel may take. */
const photoTimeoutMs = 120_000
const videoTimeoutMs = 20 * 60_000
/** Facebook says how much it wants at a time; more than this is not held in memory. */
const chunkBytesMax = 100_000_000

/** Uploads a photo that nobody sees until a post shows it. @returns its id */
export function uploadPhoto(ctx: PublishContext, file: MediaFile, index: number): Promise<string> {
  return ctx.step(
    `photo ${index + 1}`,
    async () => {
      const form = new FormData()
      form.append('published', 'false')
      form.append('temporary', 'true')
      if (file.altText) form.append('alt_text_custom', file.altText)
      const bytes = new Uint8Array(await file.open())
      form.append('source', new Blob([bytes], { type: file.mimeType }), file.filename)
      const answer = await sendAsPage(ctx, {
        method: 'POST',
        path: pagePath(ctx, 'photos'),
        multipart: form,
        timeoutMs: photoTimeoutMs,
      })
      return required(asId(graphObject(answer)?.id), answer, file)
    },
    { validMs: uploadValidMs },
  )
}

/** Starts a reel or a story and sends its bytes; `finish`, which publishes it, is the write. @returns the video's id */
export function uploadReel(
  ctx: PublishContext,
  file: MediaFile,
  edge: 'video_reels' | 'video_stories',
): Promise<string> {
  return ctx.step(
    edge,
    async () => {
      const started = await sendAsPage(ctx, {
        method: 'POST',
        path: pagePath(ctx, edge),
        form: { upload_phase: 'start' },
      })
      const videoId = required(asId(graphObject(started)?.video_id), started, file)
      const address = required(asString(graphObject(started)?.upload_url), started, file)
      const sent = await ctx.http.send({
        method: 'POST',
        url: uploadAddress(ctx, address),
        headers: {
          authorization: `OAuth ${await tokenOf(ctx)}`,
          offset: '0',
          file_size: String(file.bytes),
          'content-type': 'application/octet-stream',
        },
        stream: await file.stream(),
        timeoutMs: videoTimeoutMs,
        signal: ctx.signal,
      })
      if (graphObject(sent)?.success !== true)
        throw new PrepareFailed(graphFailure(facebookGraph, sent, `take ${file.filename}`))
      return videoId
    },
    { validMs: uploadValidMs },
  )
}

/** Bytes go with the page's token, so only where Facebook takes bytes, whatever an answer says. */
function uploadAddress(ctx: AccountContext, address: string): string {
  const own = new URL(ctx.origin('upload'))
  const url = new URL(address, own)
  return `${own.origin}${own.pathname.replace(/\/$/, '')}${url.pathname.slice(url.pathname.indexOf('/video-upload/'))}${url.search}`
}

export type VideoUpload = { videoId: string; sessionId: string }

/**
 * Starts a video and sends its bytes in the pieces that Facebook asks for; `finish`, which publishes it, is the write.
 * One that breaks off is begun anew.
 */
export function uploadVideo(ctx: PublishContext, file: MediaFile): Promise<VideoUpload> {
  return ctx.step<VideoUpload>(
    'video',
    async () => {
      const started = await sendVideo(ctx, { upload_phase: 'start', file_size: String(file.bytes) })
      const sessionId = required(asId(graphObject(started)?.upload_session_id), started, file)
      const videoId = required(asId(graphObject(started)?.video_id), started, file)
      const reader = pieces(await file.stream())
      for (let wanted = offsets(started, file); wanted.start < wanted.end; ) {
        const chunk = await reader(wanted.start, wanted.end)
        const answer = await sendVideo(
          ctx,
          { upload_phase: 'transfer', upload_session_id: sessionId, start_offset: String(wanted.start) },
          chunk,
        )
        wanted = offsets(answer, file)
      }
      return { videoId, sessionId }
    },
    { validMs: uploadValidMs },
  )
}

function sendVideo(
  ctx: PublishContext,
  fields: Record<string, string>,
  chunk?: Uint8Array,
): Promise<HttpAnswer> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  if (chunk) form.append('video_file_chunk', new Blob([new Uint8Array(chunk)]), 'chunk')
  return sendAsPage(ctx, {
    method: 'POST',
    role: 'video',
    path: pagePath(ctx, 'videos'),
    multipart: form,
    timeoutMs: videoTimeoutMs,
  })
}

/** What is wanted next; equal offsets: everything is there. */
function offsets(answer: HttpAnswer, file: MediaFile): { start: number; end: number } {
  const body = graphObject(answer)
  const [start, end] = [Number(body?.start_offset ?? Number.NaN), Number(body?.end_offset ?? Number.NaN)]
  if (!(start >= 0 && end >= start && end - start <= chunkBytesMax))
    throw new PrepareFailed(graphFailure(facebookGraph, answer, `take ${file.filename}`))
  return { start, end }
}

/** Reads a stream in the pieces asked for, which follow one another. */
function pieces(stream: ReadableStream<Uint8Array>) {
  const source = stream.values()
  let held: Uint8Array = new Uint8Array()
  let at = 0
  return async (start: number, end: number): Promise<Uint8Array> => {
    if (start !== at) throw new Error(`Facebook asked for byte ${start} of a video after byte ${at}`)
    const parts: Uint8Array[] = [held]
    let length = held.byteLength
    while (length < end - start) {
      const next = await source.next()
      if (next.done) throw new Error('The video is shorter than it was')
      parts.push(next.value)
      length += next.value.byteLength
    }
    const all = Buffer.concat(parts)
    held = all.subarray(end - start)
    at = end
    return all.subarray(0, end - start)
  }
}

function required<T>(value: T | undefined, answer: HttpAnswer, file: MediaFile): T {
  if (value !== undefined) return value
  throw new PrepareFailed(graphFailure(facebookGraph, answer, `take ${file.filename}`))
}

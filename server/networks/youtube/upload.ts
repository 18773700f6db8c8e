import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '../../domain/delivery.ts'
import type { Answered } from '../../net/http.ts'
import { asString, at } from '../../net/read-json.ts'
import type { Json, MediaFile, PublishContext } from '../network.ts'
import type { Asked } from '../oauth-request.ts'
import { ask } from './access.ts'
import { failureOf } from './failure.ts'

/** 32 MB, a multiple of 256 KiB as the protocol wants; one of them stands in memory. */
const chunkBytes = 32 * 1024 * 1024
/** One chunk over a slow line. */
const chunkTimeoutMs = 10 * 60_000
/** Sessions live about a week (developers.google.com/youtube/v3/guides/using_resumable_upload_protocol, 2026-09-19). */
const sessionValidMs = 6 * 24 * 60 * 60_000
/** A session that is gone is begun anew at most this often per delivery. */
const sessionsMax = 3
/** After a broken chunk the server is asked how far it got; so many times in a row, then the engine's backoff takes over. */
const resumeDelaysMs = [300, 2_000, 8_000]

/** Carries a failure out of a checkpointed step, whose result is kept only when it succeeds. */
export class UploadFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/**
 * Uploads a video over a resumable session, which is kept before the first byte leaves: whatever breaks, the session
 * tells whether there is a video already and how much of it. The video is private until the write publishes it.
 * @returns the video's id.
 * @throws UploadFailed
 */
export async function uploadVideo(
  ctx: PublishContext,
  file: MediaFile,
  resource: Json,
  { notifySubscribers }: { notifySubscribers: boolean },
): Promise<string> {
  return ctx.step(`video:${file.id}`, async () => {
    for (let number = 1; number <= sessionsMax; number++) {
      const session = await ctx.step(
        `session:${file.id}:${number}`,
        () => beginSession(ctx, file, resource, notifySubscribers),
        { validMs: sessionValidMs },
      )
      const videoId = await send(ctx, session, file)
      if (videoId) return videoId
    }
    throw new UploadFailed({
      class: 'permanent',
      rule: 'youtube.upload_lost',
      message: `YouTube forgot the upload of ${file.filename} ${sessionsMax} times.`,
      remedy: 'Retry; the upload then begins anew.',
    })
  })
}

/** @returns the session's address. */
async function beginSession(
  ctx: PublishContext,
  file: MediaFile,
  resource: Json,
  notifySubscribers: boolean,
): Promise<string> {
  const asked = await ask(ctx, () => ({
    method: 'POST',
    url: `${ctx.origin()}/upload/youtube/v3/videos`,
    query: { uploadType: 'resumable', part: 'snippet,status', notifySubscribers },
    headers: {
      'x-upload-content-length': String(file.bytes),
      'x-upload-content-type': file.mimeType,
    },
    json: resource,
  }))
  const location = asked.kind === 'answer' && asked.ok ? asked.headers.get('location') : null
  if (location) return location
  throw new UploadFailed(failureOf(asked, `take ${file.filename}`, ctx.now()))
}

type State = { kind: 'done'; videoId: string } | { kind: 'partly'; from: number } | { kind: 'gone' }

/** Asks how much has arrived and sends what is missing. @returns the video's id, or null when the session is gone. */
async function send(ctx: PublishContext, session: string, file: MediaFile): Promise<string | null> {
  const chunks = chunksOf(file)
  let state: State | null = null
  let failures = 0
  for (;;) {
    if (state?.kind === 'done') return state.videoId
    if (state?.kind === 'gone') return null
    const asked: Asked = state
      ? await sendChunk(ctx, session, file, state.from, await chunks.from(state.from))
      : await put(ctx, session, { 'content-range': `bytes */${file.bytes}` }, new Uint8Array(0))
    const next = stateFrom(asked)
    // A server that takes nothing and says "go on" would be asked for ever.
    const isStuck = state !== null && next?.kind === 'partly' && next.from <= state.from
    if (next && !isStuck) {
      if (state) failures = 0
      state = next
      continue
    }
    const failure = failureOf(asked, `take ${file.filename}`, ctx.now())
    const delayMs = resumeDelaysMs[failures++]
    if (delayMs === undefined || (!isStuck && failure.class !== 'transient')) throw new UploadFailed(failure)
    await sleep(delayMs, undefined, { signal: ctx.signal })
    state = null
  }
}

const sendChunk = (ctx: PublishContext, session: string, file: MediaFile, from: number, bytes: Uint8Array) =>
  put(
    ctx,
    session,
    {
      'content-type': file.mimeType,
      'content-range': `bytes ${from}-${from + bytes.byteLength - 1}/${file.bytes}`,
    },
    bytes,
  )

const put = (
  ctx: PublishContext,
  session: string,
  headers: Record<string, string>,
  bytes: Uint8Array,
): Promise<Asked> =>
  ask(ctx, () => ({ method: 'PUT', url: session, headers, bytes, timeoutMs: chunkTimeoutMs }))

function stateFrom(asked: Asked): State | null {
  if (asked.kind !== 'answer') return null
  if (asked.ok) {
    const videoId = asString(at(asked.json, 'id'))
    return videoId ? { kind: 'done', videoId } : null
  }
  if (asked.status === 308) return { kind: 'partly', from: arrived(asked) }
  return asked.status === 404 || asked.status === 410 ? { kind: 'gone' } : null
}

/** `Range: bytes=0-524287`: the next byte is 524288. Absent: nothing has arrived. */
function arrived(answer: Answered): number {
  const last = /bytes=0-(\d+)/.exec(answer.headers.get('range') ?? '')?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

/**
 * The file in chunks. It is read on from where the last chunk ended; only a resumption elsewhere reads it from its start
 * again, since stores give no more than a stream.
 */
function chunksOf(file: MediaFile) {
  let parts: AsyncIterator<Uint8Array> | null = null
  let at = 0
  let rest: Uint8Array = new Uint8Array(0)

  async function next(bytesMax: number): Promise<Uint8Array> {
    const taken: Uint8Array[] = []
    let bytes = 0
    while (bytes < bytesMax) {
      if (rest.byteLength === 0) {
        const read = await (parts as AsyncIterator<Uint8Array>).next()
        if (read.done) break
        rest = read.value
      }
      const part = rest.subarray(0, bytesMax - bytes)
      rest = rest.subarray(part.byteLength)
      taken.push(part)
      bytes += part.byteLength
    }
    at += bytes
    return Buffer.concat(taken)
  }

  return {
    /** At most a chunk of the bytes from `from` on. */
    async from(from: number): Promise<Uint8Array> {
      if (!parts || at !== from) {
        parts = (await file.stream())[Symbol.asyncIterator]()
        at = 0
        rest = new Uint8Array(0)
        while (at < from && (await next(Math.min(from - at, chunkBytes))).byteLength > 0);
      }
      return next(chunkBytes)
    },
  }
}

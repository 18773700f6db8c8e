import { setTimeout as wait } from 'node:timers/promises'
import type { Failure } from '../../domain/delivery.ts'
import type { Answered, HttpAnswer } from '../../net/http.ts'
import { asNumber, asRecord, asString, type JsonRecord } from '../../net/read-json.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { type BlobRef, blobIn, blobValidMs, uploadBlob, uploadBody } from './blob.ts'
import { failureOf } from './failure.ts'
import { PrepareFailed } from './prepare-failed.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

/** For 300 MB on a slow line. */
const uploadTimeoutMs = 15 * 60_000
/** Videos of three minutes are ready within two; after this the delivery is tried again later, from the same job. */
const processingMsMax = 5 * 60_000
const pollEveryMsFirst = 500
const pollEveryMsMax = 5_000
/** How long the service may use our word towards the account's server (docs.bsky.app/docs/tutorials/video, 30 minutes). */
const uploadTokenSeconds = 30 * 60

/**
 * Puts a video on the account's server, in the recommended way: Bluesky's video service checks and encodes it first, so
 * that it plays from the first moment. Where there is no such service (a server of one's own, cut off from the
 * network), the file itself is put there, which every server takes as well.
 * Two steps, so that a crash while it is encoded does not send 300 MB again.
 */
export async function uploadVideo(ctx: PublishContext, file: MediaFile): Promise<BlobRef> {
  const job = await ctx.step('video job', () => startJob(ctx, file))
  return ctx.step('video', () => (job.id === null ? uploadPlainly(ctx, file) : awaitJob(ctx, file, job.id)), {
    validMs: blobValidMs,
  })
}

/** `id: null` when there is no service to take it. */
async function startJob(ctx: PublishContext, file: MediaFile): Promise<{ id: string | null }> {
  const first = await serviceToken(ctx, videoServiceDid(ctx), 'app.bsky.video.getUploadLimits')
  if (first === null) return { id: null }
  await expectRoom(ctx, file, first.token)
  // By the server's clock, not ours: it refuses a time that is past or more than an hour away.
  const until = Math.floor(first.serverNow.getTime() / 1000) + uploadTokenSeconds
  const permission = await serviceToken(ctx, serverDid(ctx), 'com.atproto.repo.uploadBlob', until)
  if (permission === null) return { id: null }
  const answer = await ctx.http.send({
    method: 'POST',
    url: `${ctx.origin('video')}/xrpc/app.bsky.video.uploadVideo`,
    query: { did: ctx.account.externalId, name: fileNameFor(file) },
    ...withAuthorization(
      await uploadBody({ mimeType: file.mimeType, size: file.bytes, stream: () => file.stream() }),
      permission.token,
    ),
    timeoutMs: uploadTimeoutMs,
    signal: ctx.signal,
  })
  // The same video a second time is answered 409 with the job of the first; both shapes of a job are in use.
  const id = answer.kind === 'answer' ? asString(jobIn(answer.json)?.jobId) : undefined
  if (id) return { id }
  if (isNoService(answer)) return { id: null }
  throw new PrepareFailed(videoFailure(answer, file, ctx.now()))
}

/** There is no such service: the address does not answer, or answers that it knows no such call. */
const isNoService = (answer: HttpAnswer) =>
  answer.kind === 'not_sent' ||
  (answer.kind === 'answer' && (answer.status === 404 || answer.status === 405 || answer.status === 501))

/** The service asks for a name of its own choosing; what people call their files does not leave the house. */
const fileNameFor = (file: MediaFile) => `${file.id}.mp4`

const videoServiceDid = (ctx: PublishContext) => `did:web:${new URL(ctx.origin('video')).hostname}`

const serverDid = (ctx: PublishContext) => `did:web:${encodeURIComponent(new URL(ctx.origin()).host)}`

const withAuthorization = <T extends { headers?: Record<string, string | undefined> }>(
  body: T,
  token: string,
): T => ({
  ...body,
  headers: { ...body.headers, authorization: `Bearer ${token}` },
})

/** Our word for a service, given by the account's server for a minute, or until a second of its clock; null when it gives none. */
async function serviceToken(
  ctx: PublishContext,
  audience: string,
  method: string,
  until?: number,
): Promise<{ token: string; serverNow: Date } | null> {
  const asked = await authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}/xrpc/com.atproto.server.getServiceAuth`,
    query: { aud: audience, lxm: method, exp: until },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  const answer = asked.kind === 'answer' && asked.ok ? asked : null
  const token = asString(asRecord(answer?.json)?.token)
  if (answer && token) return { token, serverNow: dateOf(answer) ?? ctx.now() }
  const failure = askedFailure(asked, 'give leave to upload the video', ctx.now())
  if (failure.class === 'permanent' || failure.class === 'administrator') return null
  throw new PrepareFailed(failure)
}

function dateOf({ headers }: Answered): Date | null {
  const date = new Date(headers.get('date') ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date
}

/** Asks the service beforehand whether it takes another video of this account today. Silence means yes. */
async function expectRoom(ctx: PublishContext, file: MediaFile, token: string): Promise<void> {
  const answer = await ctx.http.send({
    method: 'GET',
    url: `${ctx.origin('video')}/xrpc/app.bsky.video.getUploadLimits`,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  })
  const limits = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  if (!limits) return
  const videosLeft = asNumber(limits.remainingDailyVideos)
  const bytesLeft = asNumber(limits.remainingDailyBytes)
  if (videosLeft === 0 || (bytesLeft !== undefined && bytesLeft < file.bytes))
    throw new PrepareFailed({
      class: 'rate_limited',
      rule: 'bluesky.video_limit_of_the_day',
      message: `Bluesky takes no further video of this account today (${videosLeft ?? '?'} videos and ${bytesLeft ?? '?'} bytes are left).`,
      remedy: 'Nothing to do: it is tried again tomorrow.',
      retryAfterMs: msUntilTomorrow(ctx.now()),
    })
  if (limits.canUpload === false)
    throw new PrepareFailed({
      class: 'permanent',
      rule: 'bluesky.video_not_allowed',
      message: `Bluesky takes no video of this account: ${asString(limits.message) ?? asString(limits.error) ?? 'no reason given'}.`,
      remedy: 'Confirm the e-mail address of the account in the Bluesky app, then retry.',
    })
}

function msUntilTomorrow(now: Date): number {
  const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1)
  return tomorrow - now.getTime() + 60_000
}

/** The lexicon has the job in `jobStatus`; the service answers uploads with the job itself (tutorials/video, 2026-08-20). */
const jobIn = (json: unknown): JsonRecord | undefined => {
  const body = asRecord(json)
  return asRecord(body?.jobStatus) ?? (body?.jobId ? body : undefined)
}

async function awaitJob(ctx: PublishContext, file: MediaFile, jobId: string): Promise<BlobRef> {
  const startedAt = performance.now()
  for (let pause = pollEveryMsFirst; ; pause = Math.min(pause * 1.5, pollEveryMsMax)) {
    const answer = await ctx.http.send({
      method: 'GET',
      url: `${ctx.origin('video')}/xrpc/app.bsky.video.getJobStatus`,
      query: { jobId },
      timeoutMs: readTimeoutMs,
      signal: ctx.signal,
    })
    const job = answer.kind === 'answer' && answer.ok ? jobIn(answer.json) : undefined
    const blob = blobIn(job?.blob)
    if (blob) return blob
    if (job?.state === 'JOB_STATE_FAILED') throw new PrepareFailed(jobFailure(job, file))
    if (!job) throw new PrepareFailed(failureOf(answer, `process ${file.filename}`, ctx.now()))
    if (performance.now() - startedAt > processingMsMax || ctx.signal.aborted)
      throw new PrepareFailed(stillProcessing(file))
    await wait(pause, null, { signal: ctx.signal }).catch(() => null) // a stop ends the wait; the next turn says so
  }
}

async function uploadPlainly(ctx: PublishContext, file: MediaFile): Promise<BlobRef> {
  const uploaded = await uploadBlob(ctx, file.filename, {
    mimeType: file.mimeType,
    size: file.bytes,
    stream: () => file.stream(),
  })
  if (uploaded.outcome === 'failed') throw new PrepareFailed(uploaded.failure)
  return uploaded.value
}

const stillProcessing = (file: MediaFile): Failure => ({
  class: 'transient',
  rule: 'bluesky.video_processing',
  message: `Bluesky is still processing ${file.filename}.`,
  remedy: 'Nothing to do: it is tried again, without sending the video anew.',
})

/** app.bsky.video.defs#jobStatus: only what is the video's own fault is for good. */
function jobFailure(job: JsonRecord, file: MediaFile): Failure {
  const code = asString(job.failureCode) ?? ''
  const words = asString(job.message) ?? asString(job.error) ?? code
  const message = `Bluesky could not process ${file.filename}: ${words || 'no reason given'}.`
  if (code === 'pds_upload_failure' || code === 'generic_failure' || code === '')
    return {
      class: 'transient',
      rule: 'bluesky.video_failed',
      message,
      remedy: 'Nothing to do: it is tried again.',
    }
  return {
    class: 'permanent',
    rule: `bluesky.video_${code.replaceAll(/[^a-z_]/g, '')}`,
    message,
    remedy: 'Encode the video as MP4 with H.264 and AAC, at most 3 minutes long, and retry.',
  }
}

function videoFailure(answer: HttpAnswer, file: MediaFile, now: Date): Failure {
  const failure = failureOf(answer, `take ${file.filename}`, now)
  // The service's own refusal of our word is no reason to reconnect the account.
  return failure.class === 'reconnect'
    ? { ...failure, class: 'transient', rule: 'bluesky.video_refused' }
    : failure
}

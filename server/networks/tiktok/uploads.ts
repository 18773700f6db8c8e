import type { MediaFile, Outcome, PublishContext } from '../network.ts'
import { asString, dataOf } from './answers.ts'
import { chunksOf, putChunk } from './chunks.ts'
import { failureOf } from './failure.ts'
import type { Upload, VideoPayload } from './payload.ts'
import { callApi } from './request.ts'
import { done, keptStep } from './steps.ts'

/** One chunk of up to 20 MB, or TikTok fetching 35 photos. */
export const writeTimeoutMs = 120_000
/** The address of an upload is good for an hour; enough is left for the last chunk. */
const uploadMsMax = 50 * 60_000

/** Begins an upload and sends every chunk before the last, each as a step. */
export async function uploadAhead(
  ctx: PublishContext,
  init: VideoPayload['init'],
  file: MediaFile,
  name: string,
): Promise<Upload> {
  const upload = await ctx.step(name, () => done(startUpload(ctx, init)), { validMs: uploadMsMax })
  for (let index = 0; index < chunksOf(file.bytes).count - 1; index++)
    await ctx.step(`${name}:chunk:${index}`, () => done(sendChunk(ctx, upload, file, index)), {
      validMs: uploadMsMax,
    })
  return upload
}

async function startUpload(
  ctx: PublishContext,
  { path, body }: VideoPayload['init'],
): Promise<Outcome<Upload>> {
  const answer = await callApi(ctx, { method: 'POST', path, json: body })
  const data = dataOf(answer)
  const publishId = asString(data?.publish_id)
  const uploadUrl = asString(data?.upload_url)
  if (!publishId || !uploadUrl) return { outcome: 'failed', failure: failureOf(answer, 'start the upload') }
  return { outcome: 'done', value: { publishId, uploadUrl } }
}

async function sendChunk(
  ctx: PublishContext,
  upload: Upload,
  file: MediaFile,
  index: number,
): Promise<Outcome<boolean>> {
  const answer = await putChunk(ctx, upload.uploadUrl, file, index, writeTimeoutMs)
  // A chunk that arrived before its answer was lost is refused now: what is missing begins after it.
  if (answer.kind === 'answer' && (answer.ok || answer.status === 416))
    return { outcome: 'done', value: true }
  return { outcome: 'failed', failure: failureOf(answer, 'upload the video') }
}

/** Each upload that replaces a failed one is a step named after the one before it, so that all find the newest. */
export const nextUpload = ({ publishId }: Upload) => `upload-after:${publishId}`

/** The newest upload of this write. */
export async function currentUpload(ctx: PublishContext, { upload }: VideoPayload): Promise<Upload> {
  let current = upload
  for (let times = 0; times < uploadsMax; times++) {
    const next = await keptStep<Upload>(ctx, nextUpload(current))
    if (!next) return current
    current = next
  }
  return current
}

/** The engine gives up long before. */
const uploadsMax = 20

import type { Draft } from '../../domain/draft.ts'
import type { HttpAnswer } from '../../net/http.ts'
import type {
  DeliveryInput,
  Json,
  KeySource,
  MediaFile,
  Prepared,
  PublishContext,
  Write,
  WriteResult,
} from '../network.ts'
import { asString, dataOf } from './answers.ts'
import { chunksOf, putChunk } from './chunks.ts'
import { type Creator, privacyFailure, privacyOf, readCreator } from './creator.ts'
import { failureOf } from './failure.ts'
import { isVideo, optionsOf } from './options.ts'
import type { Payload, PhotoPayload, Upload, VideoPayload } from './payload.ts'
import { callApi } from './request.ts'
import { readStatus, settled } from './status.ts'
import { attempted, done } from './steps.ts'
import { currentUpload, nextUpload, uploadAhead, writeTimeoutMs } from './uploads.ts'

const creatorMsMax = 10 * 60_000
const pollAfterMs = 3_000

/**
 * Asks what the account may do; begins the upload of a video and sends all of it but the last chunk. The last chunk makes
 * the post, so it is the write.
 */
export async function prepare(ctx: PublishContext, { draft, media }: DeliveryInput): Promise<Prepared> {
  const asked = await attempted(() =>
    ctx.step('creator', () => done(readCreator((request) => callApi(ctx, request))), {
      validMs: creatorMsMax,
    }),
  )
  if (asked.outcome === 'failed') return asked
  const refusal = privacyFailure(optionsOf(draft), asked.value as Creator)
  if (refusal) return { outcome: 'failed', failure: refusal }
  const [file] = media
  if (!isVideo(draft) || !file) return { outcome: 'ready', prepared: photosOf(draft, media) }
  const uploaded = await attempted(() => uploadAhead(ctx, videoInit(draft, file), file, 'upload'))
  if (uploaded.outcome === 'failed') return uploaded
  return { outcome: 'ready', prepared: uploaded.value }
}

// ---------------------------------------------------------------- planning

export function plan({ draft, media }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const [file] = media
  const payload: Payload =
    isVideo(draft) && file
      ? { kind: 'video', mediaId: file.id, init: videoInit(draft, file), upload: prepared as Upload }
      : { kind: 'photo', body: photoInit(draft, prepared as string[]) }
  return [{ kind: 'post', key: keys.uuid(), payload }]
}

function videoInit(draft: Draft, file: MediaFile): VideoPayload['init'] {
  const options = optionsOf(draft)
  const { chunkSize, count } = chunksOf(file.bytes)
  const source = {
    source: 'FILE_UPLOAD',
    video_size: file.bytes,
    chunk_size: chunkSize,
    total_chunk_count: count,
  }
  if (options.toInbox) return { path: '/v2/post/publish/inbox/video/init/', body: { source_info: source } }
  const info = {
    title: draft.text,
    privacy_level: privacyOf(options),
    disable_comment: options.disableComment ?? false,
    disable_duet: options.disableDuet ?? false,
    disable_stitch: options.disableStitch ?? false,
    brand_content_toggle: options.paidPartnership ?? false,
    brand_organic_toggle: options.ownBrand ?? false,
    is_aigc: options.aiGenerated ?? false,
    ...(options.coverAtMs !== undefined && { video_cover_timestamp_ms: options.coverAtMs }),
  }
  return { path: '/v2/post/publish/video/init/', body: { post_info: info, source_info: source } }
}

const photosOf = (draft: Draft, media: MediaFile[]): string[] =>
  draft.media.map(({ id }) => media.find((file) => file.id === id)?.publicUrl() ?? '')

function photoInit(draft: Draft, addresses: string[]): { [name: string]: Json } {
  const options = optionsOf(draft)
  return {
    media_type: 'PHOTO',
    post_mode: options.toInbox ? 'MEDIA_UPLOAD' : 'DIRECT_POST',
    post_info: {
      title: draft.title ?? '',
      description: draft.text,
      ...(!options.toInbox && {
        privacy_level: privacyOf(options),
        disable_comment: options.disableComment ?? false,
        auto_add_music: options.autoAddMusic ?? false,
        brand_content_toggle: options.paidPartnership ?? false,
        brand_organic_toggle: options.ownBrand ?? false,
      }),
    },
    source_info: {
      source: 'PULL_FROM_URL',
      photo_images: addresses,
      photo_cover_index: options.coverIndex ?? 0,
    },
  }
}

// ---------------------------------------------------------------- sending

export async function commit(ctx: PublishContext, write: Write): Promise<WriteResult> {
  const payload = write.payload as Payload
  if (payload.kind === 'photo') return sendPhotos(ctx, payload)
  return sendVideo(ctx, payload)
}

/** TikTok fetches the photos and publishes by itself; there is nothing between the request and the post. */
async function sendPhotos(ctx: PublishContext, { body }: PhotoPayload): Promise<WriteResult> {
  const path = '/v2/post/publish/content/init/'
  const answer = await callApi(ctx, { method: 'POST', path, json: body, timeoutMs: writeTimeoutMs })
  const publishId = asString(dataOf(answer)?.publish_id)
  if (publishId) return pending(publishId)
  return unanswered(answer) ?? { outcome: 'rejected', failure: failureOf(answer, 'publish the photos') }
}

/**
 * The last chunk. Before it, one look at where the upload stands: an earlier try may have sent it, or TikTok may have
 * given the upload up, and then a new one is begun.
 */
async function sendVideo(ctx: PublishContext, payload: VideoPayload): Promise<WriteResult> {
  const file = ctx.media.find(({ id }) => id === payload.mediaId)
  if (!file) throw new Error(`The file ${payload.mediaId} of this post was not given`)
  let upload = await currentUpload(ctx, payload)
  const status = await readStatus(ctx, upload.publishId)
  if (status.outcome === 'failed') return { outcome: 'rejected', failure: status.failure }
  if (status.value.state === 'failed' || status.value.state === 'gone') {
    const again = await attempted(() => uploadAhead(ctx, payload.init, file, nextUpload(upload)))
    if (again.outcome === 'failed') return { outcome: 'rejected', failure: again.failure }
    upload = again.value as Upload
  } else if (status.value.state !== 'uploading' || status.value.uploadedBytes >= file.bytes)
    return settled(ctx, { publishId: upload.publishId }, status.value) ?? pending(upload.publishId)
  const last = chunksOf(file.bytes).count - 1
  const answer = await putChunk(ctx, upload.uploadUrl, file, last, writeTimeoutMs)
  if (answer.kind === 'answer' && answer.ok) return pending(upload.publishId)
  return unanswered(answer) ?? { outcome: 'rejected', failure: failureOf(answer, 'upload the video') }
}

const pending = (publishId: string): WriteResult => ({
  outcome: 'pending',
  token: { publishId },
  pollAfterMs,
})

function unanswered(answer: HttpAnswer): WriteResult | null {
  if (answer.kind === 'no_answer') return { outcome: 'unknown', why: answer.why }
  if (answer.kind === 'answer' && (answer.status >= 500 || answer.status === 408))
    return { outcome: 'unknown', why: `TikTok answered ${answer.status}` }
  return null
}

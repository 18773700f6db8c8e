import type { Answered } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'
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
import { ask } from './access.ts'
import { failureOf } from './failure.ts'
import { pinterestLimits } from './limits.ts'
import { optionsOf } from './options.ts'
import { uploadVideo, VideoFailed } from './video.ts'

/** Five images of 20 MB travel with the request, in base64. */
export const writeTimeoutMs = 120_000

/** One Pin, as it is sent and as it is recognised again. Images travel with the request and are named here by id. */
export type PinPayload = {
  boardId: string | null
  boardSectionId: string | null
  title: string | null
  description: string | null
  link: string | null
  altText: string | null
  media: { kind: 'images'; ids: string[] } | { kind: 'video'; mediaId: string; coverSeconds: number }
}

/** Videos are uploaded and processed before; images go with the Pin itself. */
export async function prepare(ctx: PublishContext, { media }: DeliveryInput): Promise<Prepared> {
  const video = media.find((file) => file.kind === 'video')
  if (!video) return { outcome: 'ready', prepared: { videoId: null } }
  try {
    return { outcome: 'ready', prepared: { videoId: await uploadVideo(ctx, video) } }
  } catch (error) {
    if (error instanceof VideoFailed) return { outcome: 'failed', failure: error.failure }
    // What else ends the work, such as a lost lease, is the caller's business.
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
    return {
      outcome: 'failed',
      failure: {
        class: 'transient',
        rule: 'pinterest.stopped',
        message: 'Stopped while the video was being prepared',
        remedy: 'Nothing to do: it is taken up again.',
      },
    }
  }
}

export function plan({ draft, media }: DeliveryInput, prepared: Json, keys: KeySource): Write[] {
  const { videoId } = prepared as { videoId: string | null }
  const options = optionsOf(draft)
  const payload: PinPayload = {
    boardId: options.boardId ?? null,
    boardSectionId: options.boardSectionId ?? null,
    title: draft.title || null,
    description: draft.text || null,
    link: draft.link || null,
    altText: altTextOf(media),
    media: videoId
      ? { kind: 'video', mediaId: videoId, coverSeconds: options.coverSeconds ?? 0 }
      : { kind: 'images', ids: media.map((file) => file.id) },
  }
  return [{ kind: 'post', key: keys.uuid(), payload }]
}

/** A Pin has one alternative text, however many images it has: all of them where they fit, else those that do. */
function altTextOf(media: MediaFile[]): string | null {
  const texts = media.map((file) => file.altText?.trim()).filter((text): text is string => Boolean(text))
  let joined = ''
  for (const text of texts) {
    const longer = joined ? `${joined}\n${text}` : text
    if (longer.length <= (pinterestLimits.altTextMax ?? 0)) joined = longer
  }
  return joined || null
}

export async function commit(ctx: PublishContext, write: Write): Promise<WriteResult> {
  const payload = write.payload as PinPayload
  const source = await mediaSource(ctx, payload)
  const asked = await ask(ctx, {
    method: 'POST',
    path: '/pins',
    json: requestBody(payload, boardOf(ctx, payload), source),
    timeoutMs: writeTimeoutMs,
  })
  if (asked.kind === 'no_answer') return { outcome: 'unknown', why: asked.why }
  if (asked.kind === 'answer' && asked.ok) return accepted(asked)
  if (asked.kind === 'answer' && (asked.status >= 500 || asked.status === 408))
    return { outcome: 'unknown', why: `Pinterest answered ${asked.status}` }
  return { outcome: 'rejected', failure: failureOf(asked, 'publish the Pin', ctx.now()) }
}

/** The connected board, unless the author named another. */
export const boardOf = (ctx: PublishContext, { boardId }: PinPayload) => boardId ?? ctx.account.externalId

const requestBody = (payload: PinPayload, boardId: string, source: object) => ({
  board_id: boardId,
  ...(payload.boardSectionId && { board_section_id: payload.boardSectionId }),
  ...(payload.title && { title: payload.title }),
  ...(payload.description && { description: payload.description }),
  ...(payload.link && { link: payload.link }),
  ...(payload.altText && { alt_text: payload.altText }),
  media_source: source,
})

async function mediaSource(ctx: PublishContext, { media }: PinPayload): Promise<object> {
  if (media.kind === 'video')
    return {
      source_type: 'video_id',
      media_id: media.mediaId,
      cover_image_key_frame_time: media.coverSeconds,
    }
  const images = await Promise.all(
    media.ids.map(async (id) => {
      const file = ctx.media.find((one) => one.id === id)
      if (!file) throw new Error(`The image ${id} was not handed to the write`)
      return { content_type: file.mimeType, data: (await file.open()).toString('base64') }
    }),
  )
  const [first] = images
  if (images.length === 1) return { source_type: 'image_base64', ...first }
  return { source_type: 'multiple_image_base64', items: images, index: 0 }
}

function accepted(answer: Answered): WriteResult {
  const id = asString(asRecord(answer.json)?.id)
  if (!id) return { outcome: 'unknown', why: 'Pinterest answered 200 without saying which Pin it made' }
  return { outcome: 'accepted', externalId: id, url: pinUrl(id) }
}

export const pinUrl = (id: string) => `https://www.pinterest.com/pin/${id}/`

import { asList, asNumber, asString, at } from '../../net/read-json.ts'
import type { MediaFile, PublishContext } from '../network.ts'
import { authorized } from './session.ts'
import { action, failed, put, valueIn } from './upload-requests.ts'

/** In parts that LinkedIn names, each confirmed by its ETag; the addresses carry their own permission. */
export async function uploadVideo(ctx: PublishContext, file: MediaFile): Promise<string> {
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
    const piece = await pieces(size)
    const sent = await ctx.http.send(put(ctx, url, piece, piece.length))
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

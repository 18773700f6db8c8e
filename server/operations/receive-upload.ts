import { normalMediaType } from '../domain/media-types.ts'
import { forbidden, invalidAt, notFound, wrongState } from '../domain/refusal.ts'
import { tokenHolds } from '../net/signed-address.ts'
import { mediaById } from '../storage/media.ts'
import { TooManyBytes } from '../storage/media-store.ts'
import type { Context } from './context.ts'
import { uploadKey } from './initiate-upload.ts'

/** A sender who stops for this long is gone. */
const idleMsMax = 60_000

/**
 * The second of three steps, where this server takes the bytes itself (B27). The token in the address is the
 * permission. Type and number of bytes are held to what was announced; what breaks off leaves nothing and may be
 * sent again.
 */
export async function receiveUpload(
  ctx: Context,
  upload: {
    token: string
    contentType: string | undefined
    /** As announced by the sender, if at all. */
    contentLength: number | undefined
    body: AsyncIterable<Uint8Array>
  },
): Promise<void> {
  const mediaId = requireToken(ctx, upload.token)
  const media = await mediaById(ctx.db, mediaId)
  if (!media) throw notFound('Media', mediaId)
  if (media.state !== 'pending')
    throw wrongState(`${media.filename} was completed already. Begin a new upload for another file.`)
  if (normalMediaType(upload.contentType ?? '') !== media.mimeType)
    throw invalidAt(
      'content-type',
      `${media.filename} was announced as ${media.mimeType}. Send that as Content-Type.`,
    )
  if (upload.contentLength !== undefined && upload.contentLength !== media.bytes)
    throw wrongSize(media.bytes, upload.contentLength)
  const received = await receive(ctx, mediaId, upload.body, media.bytes)
  if (received === media.bytes) return
  await ctx.media.delete(uploadKey(mediaId))
  throw wrongSize(media.bytes, received)
}

function requireToken(ctx: Context, token: string): string {
  const dot = token.indexOf('.')
  const mediaId = token.slice(0, Math.max(dot, 0))
  if (!tokenHolds(ctx.vault, 'upload', mediaId, token.slice(dot + 1), ctx.clock.now()))
    throw forbidden(
      'This upload address has expired or was altered. Begin the upload again.',
      'upload_address',
    )
  return mediaId
}

async function receive(ctx: Context, mediaId: string, body: AsyncIterable<Uint8Array>, bytesMax: number) {
  try {
    const { bytes } = await ctx.media.write(uploadKey(mediaId), withoutStalls(body), bytesMax)
    return bytes
  } catch (error) {
    if (error instanceof TooManyBytes) throw wrongSize(bytesMax, bytesMax + 1)
    if (error instanceof Stalled || isCutOff(error))
      throw invalidAt('body', 'The upload broke off. Send it again to the same address.', 'upload_cut_off')
    throw error
  }
}

const wrongSize = (announced: number, came: number) =>
  invalidAt(
    'body',
    `${announced} bytes were announced, but ${came > announced ? 'more' : `only ${came}`} came. Send the file again.`,
    'media_size',
  )

class Stalled extends Error {}

async function* withoutStalls(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { promise: stalled, reject } = Promise.withResolvers<never>()
      const timer = setTimeout(() => reject(new Stalled()), idleMsMax)
      const next = await Promise.race([chunks.next(), stalled]).finally(() => clearTimeout(timer))
      if (next.done) return
      yield next.value
    }
  } finally {
    // Not awaited: a stalled source answers this as little as anything else.
    void chunks.return?.()
  }
}

const cutOffCodes = new Set(['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR', 'EPIPE'])

const isCutOff = (error: unknown) =>
  error instanceof Error && 'code' in error && cutOffCodes.has(String(error.code))

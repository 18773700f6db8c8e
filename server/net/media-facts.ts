/** What a file really is, from its bytes; what its sender said of it does not count. */
import { Readable } from 'node:stream'
import { fileTypeFromBuffer } from 'file-type'
import { ALL_FORMATS, CustomSource, Input } from 'mediabunny'
import sharp from 'sharp'
import {
  type FileFacts,
  isMediaType,
  type MediaType,
  mediaKind,
  normalMediaType,
} from '../domain/media-types.ts'

/** The bytes of one object, wherever they are. `end` is inclusive. */
export interface Bytes {
  size: number
  read(range?: { start: number; end?: number }): Promise<ReadableStream<Uint8Array>>
}

/** `problem` is a sentence for the person who sent the file. */
export type Inspected = { outcome: 'known'; facts: FileFacts } | { outcome: 'refused'; problem: string }

/** Signatures stand at the start; office documents have theirs in the first entries of a zip. */
const headBytes = 65_536
/** A photo of 100 megapixels is 400 MB when unpacked; more is a decompression bomb. */
export const pixelsMax = 100_000_000
const framesMax = 1000
/** Looking into one file never takes longer than this. */
const inspectTimeoutMs = 30_000

/** Looks into a file: its type from its first bytes, its size in pixels, its length. Reads what it needs, in pieces. */
export async function inspectFile(bytes: Bytes): Promise<Inspected> {
  if (bytes.size === 0) return refused('The file is empty.')
  const head = await readAll(await bytes.read({ start: 0, end: Math.min(headBytes, bytes.size) - 1 }))
  const found = await fileTypeFromBuffer(head)
  const mimeType = normalMediaType(found?.mime ?? '')
  if (!isMediaType(mimeType))
    return refused(
      found
        ? `This is a file of type ${found.mime}, which cannot be published.`
        : 'This is no image, video or document that can be published.',
    )
  const kind = mediaKind(mimeType)
  if (kind === 'document')
    return { outcome: 'known', facts: { mimeType, kind, width: null, height: null, durationMs: null } }
  try {
    return await withinTime(kind === 'image' ? imageFacts(bytes, mimeType) : videoFacts(bytes, mimeType))
  } catch (error) {
    return refused(`The ${kind} is damaged and cannot be read: ${firstLine(error)}`)
  }
}

async function imageFacts(bytes: Bytes, mimeType: MediaType): Promise<Inspected> {
  const image = sharp({ limitInputPixels: false, failOn: 'error', sequentialRead: true })
  // The header alone is read until the pixels are counted; sharp's own limit would say no without saying why.
  const source = Readable.fromWeb((await bytes.read()) as never)
  source.on('error', (error) => image.destroy(error))
  source.pipe(image)
  const { width, height, autoOrient, pages = 1 } = await image.metadata()
  const pixels = width * height * pages
  if (pixels > pixelsMax || pages > framesMax) {
    image.destroy()
    return refused(
      `The image has ${Math.round(pixels / 1e6)} megapixels; 100 are the most this server unpacks.`,
    )
  }
  // Decoding it once, small, finds files that are cut off.
  await image.clone().resize(16, 16, { fit: 'inside' }).raw().toBuffer()
  return {
    outcome: 'known',
    facts: { mimeType, kind: 'image', width: autoOrient.width, height: autoOrient.height, durationMs: null },
  }
}

async function videoFacts(bytes: Bytes, mimeType: MediaType): Promise<Inspected> {
  using input = new Input({
    formats: ALL_FORMATS,
    source: new CustomSource({
      getSize: () => bytes.size,
      read: async (start, end) => await readAll(await bytes.read({ start, end: end - 1 })),
      prefetchProfile: 'network',
    }),
  })
  const track = await input.getPrimaryVideoTrack()
  if (!track) return refused('The file holds no video track that can be read.')
  const durationMs = Math.round((await track.computeDuration()) * 1000)
  return {
    outcome: 'known',
    facts: { mimeType, kind: 'video', width: track.displayWidth, height: track.displayHeight, durationMs },
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('looking into it took too long')), inspectTimeoutMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const refused = (problem: string): Inspected => ({ outcome: 'refused', problem })

const firstLine = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 200) ?? ''

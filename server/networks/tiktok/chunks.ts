import type { HttpAnswer } from '../../net/http.ts'
import type { MediaFile, PublishContext } from '../network.ts'

/**
 * "Each chunk must be at least 5 MB but no greater than 64 MB, except for the final chunk, which can be greater (up to 128
 * MB)"; a video under 5 MB goes in one piece; the count is the size divided by the chunk size, rounded down
 * (content-posting-api-media-transfer-guide).
 */
export function chunksOf(size: number): { chunkSize: number; count: number } {
  if (size < 2 * chunkBytes) return { chunkSize: size, count: 1 }
  return { chunkSize: chunkBytes, count: Math.floor(size / chunkBytes) }
}

const chunkBytes = 10_000_000

/** First and last byte of a chunk. */
export function rangeOf(size: number, index: number): { from: number; to: number } {
  const { chunkSize, count } = chunksOf(size)
  const from = index * chunkSize
  return { from, to: index === count - 1 ? size - 1 : from + chunkSize - 1 }
}

/** One chunk at its place. 206: more is wanted; 201: all is there. */
export async function putChunk(
  ctx: Pick<PublishContext, 'http' | 'signal'>,
  uploadUrl: string,
  file: MediaFile,
  index: number,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const { from, to } = rangeOf(file.bytes, index)
  return ctx.http.send({
    method: 'PUT',
    url: uploadUrl,
    headers: { 'content-type': file.mimeType, 'content-range': `bytes ${from}-${to}/${file.bytes}` },
    bytes: await read(file, from, to),
    timeoutMs,
    signal: ctx.signal,
  })
}

/** The bytes from..to, without holding more of the file than that. */
async function read(file: MediaFile, from: number, to: number): Promise<Uint8Array> {
  const wanted = new Uint8Array(to - from + 1)
  let at = 0
  for await (const piece of await file.stream()) {
    const start = Math.max(from - at, 0)
    const end = Math.min(to + 1 - at, piece.byteLength)
    if (start < end) wanted.set(piece.subarray(start, end), at + start - from)
    at += piece.byteLength
    if (at > to) break
  }
  if (at <= to) throw new Error(`${file.filename} ended after ${at} bytes; ${file.bytes} were expected`)
  return wanted
}

import { basename } from 'node:path'
import sharp from 'sharp'
import type { Failure } from '../domain/delivery.ts'
import type { MediaFacts } from '../domain/draft.ts'
import type { Json, PublishContext } from '../networks/network.ts'
import { MediaTrouble, type StoredFile } from './media-files.ts'
import type { Parts } from './parts.ts'
import type { Run } from './run.ts'

/** One answer stands in memory while it is stored; a larger file has to be uploaded. */
const fetchedBytesMax = 100_000_000
const fetchTimeoutMs = 120_000

/**
 * The files a post names by address (dialect A's `media_urls`): fetched once, kept in the media store, so that a retry
 * sends the same bytes.
 */
export async function fetchMedia(parts: Parts, run: Run, ctx: PublishContext): Promise<StoredFile[]> {
  const files: StoredFile[] = []
  for (const [index, url] of run.row.post.mediaUrls.entries())
    files.push(
      (await ctx.step(`fetch ${index} ${url}`, async () => {
        return (await fetchOne(parts, run, url, index)) as unknown as Json
      })) as unknown as StoredFile,
    )
  return files
}

async function fetchOne({ ctx }: Parts, run: Run, url: string, index: number): Promise<StoredFile> {
  const bytesMax = Math.min(fetchedBytesMax, ctx.settings.mediaBytesMax)
  const answer = await ctx.http.send({
    method: 'GET',
    url,
    headers: { accept: 'image/*, video/*, */*;q=0.5' },
    redirectsMax: 5,
    timeoutMs: fetchTimeoutMs,
    answerBytesMax: bytesMax,
    signal: run.stop.signal,
  })
  if (answer.kind !== 'answer')
    throw new MediaTrouble(unreachable(url, answer.why, answer.kind === 'not_sent' && !!answer.blocked))
  if (!answer.ok) throw new MediaTrouble(unavailable(url, answer.status))
  const storageKey = `fetched/${run.row.id}-${index}`
  await ctx.media.write(storageKey, oneChunk(answer.bytes), bytesMax)
  const filename = basename(new URL(answer.url).pathname) || 'file'
  return {
    ...(await factsOf(answer.bytes, answer.headers.get('content-type'), filename)),
    id: storageKey,
    storageKey,
  }
}

async function factsOf(bytes: Uint8Array, contentType: string | null, filename: string): Promise<MediaFacts> {
  const declared = contentType?.split(';')[0]?.trim().toLowerCase() ?? 'application/octet-stream'
  const image = declared.startsWith('video/')
    ? null
    : await sharp(bytes)
        .metadata()
        .catch(() => null)
  const mimeType = image ? `image/${image.format === 'heif' ? 'avif' : image.format}` : declared
  return {
    id: '',
    kind: image ? 'image' : declared.startsWith('video/') ? 'video' : 'document',
    mimeType,
    filename,
    bytes: bytes.byteLength,
    width: image?.autoOrient.width ?? null,
    height: image?.autoOrient.height ?? null,
    durationMs: null,
    altText: null,
  }
}

async function* oneChunk(bytes: Uint8Array) {
  yield bytes
}

const unreachable = (url: string, why: string, isBlocked: boolean): Failure => ({
  class: isBlocked ? 'permanent' : 'transient',
  rule: isBlocked ? 'media_url_blocked' : 'media_url_unreachable',
  message: `The file ${url} could not be fetched: ${why}.`,
  remedy: isBlocked ? 'Use a public address, or upload the file.' : 'Check the address, or upload the file.',
})

const unavailable = (url: string, status: number): Failure => ({
  class: status >= 500 || status === 429 ? 'transient' : 'permanent',
  rule: 'media_url_unavailable',
  message: `The file ${url} could not be fetched: its server answered ${status}.`,
  remedy: 'Check the address, or upload the file.',
})

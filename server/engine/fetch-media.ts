import { fetchMedia as fetchFile } from '../net/fetch-media.ts'
import type { Json, PublishContext } from '../networks/network.ts'
import { MediaTrouble, type StoredFile } from './media-files.ts'
import type { Parts } from './parts.ts'
import type { Run } from './run.ts'

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
  const bytesMax = ctx.settings.mediaBytesMax
  const fetched = await fetchFile(ctx.http, url, { bytesMax, signal: run.stop.signal })
  if (fetched.outcome === 'failed') throw new MediaTrouble(fetched.failure)
  const { bytes, facts, filename } = fetched
  const storageKey = `fetched/${run.row.id}-${index}`
  await ctx.media.write(storageKey, oneChunk(bytes), bytesMax)
  return { ...facts, id: storageKey, storageKey, filename, bytes: bytes.byteLength, altText: null }
}

async function* oneChunk(bytes: Uint8Array) {
  yield bytes
}

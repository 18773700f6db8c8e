import { errorIn } from './error.ts'
import type { Call } from './types.ts'

/** A file to upload. A `Blob` is streamed: `openAsBlob(path)` of node:fs reads a large one piece by piece. */
export interface Upload {
  filename: string
  /** `image/jpeg`; the server looks at the bytes and refuses a file that is not what it says. */
  mimeType: string
  data: Blob | Uint8Array<ArrayBuffer>
  /** What the file shows, for those who cannot see it. */
  altText?: string
}

/** Announces a file, sends its bytes to the address that the server gives, and asks it to look at them. */
export async function uploadMedia(
  client: { post: Call<'post'> },
  send: typeof fetch,
  brandId: string,
  { filename, mimeType, data, altText }: Upload,
  signal?: AbortSignal,
) {
  const size = data instanceof Blob ? data.size : data.byteLength
  const { id, uploadUrl, headers } = await client.post('/brands/{brandId}/media', {
    path: { brandId },
    body: { filename, mimeType, size, ...(altText !== undefined && { altText }) },
    signal,
  })
  const answer = await send(uploadUrl, {
    method: 'PUT',
    headers,
    body: data instanceof Blob ? data : new Blob([data]),
    signal,
  })
  if (!answer.ok) throw await errorIn(answer)
  return await client.post('/media/{id}/complete', { path: { id }, body: {}, signal })
}

import type { HttpRequest } from '../../net/http.ts'
import { asNumber, asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, Outcome } from '../network.ts'
import { askedFailure, authorized } from './session.ts'

/** An uploaded file, as records name it. */
export type BlobRef = { $type: 'blob'; ref: { $link: string }; mimeType: string; size: number }

/**
 * Uploads that no record names are deleted "within a time window (eg, minutes)" (docs.bsky.app, com.atproto.repo.uploadBlob,
 * read 2026-11-22). Sending one again costs little and gives the same reference, since that follows from the bytes.
 */
export const blobValidMs = 10 * 60_000

/** For the largest file and a slow line; nothing visible depends on it. */
const uploadTimeoutMs = 10 * 60_000

export type Upload =
  | { mimeType: string; bytes: Uint8Array }
  | { mimeType: string; size: number; stream(): Promise<ReadableStream<Uint8Array>> }

/** Puts a file on the account's server. Repeatable: the reference follows from the bytes. */
export async function uploadBlob(
  ctx: AccountContext,
  what: string,
  upload: Upload,
): Promise<Outcome<BlobRef>> {
  const asked = await authorized(
    ctx,
    async (): Promise<HttpRequest> => ({
      method: 'POST',
      url: `${ctx.origin()}/xrpc/com.atproto.repo.uploadBlob`,
      ...(await uploadBody(upload)),
      timeoutMs: uploadTimeoutMs,
      signal: ctx.signal,
    }),
  )
  const blob = asked.kind === 'answer' && asked.ok ? blobIn(asRecord(asked.json)?.blob) : null
  if (blob) return { outcome: 'done', value: blob }
  return { outcome: 'failed', failure: askedFailure(asked, `take ${what}`, ctx.now()) }
}

/** Servers want to know the length beforehand (https://atproto.com/guides/blob-lifecycle, read 2026-11-22). */
export const uploadBody = async (
  upload: Upload,
): Promise<Pick<HttpRequest, 'headers' | 'bytes' | 'stream'>> =>
  'bytes' in upload
    ? { headers: { 'content-type': upload.mimeType }, bytes: upload.bytes }
    : {
        headers: { 'content-type': upload.mimeType, 'content-length': String(upload.size) },
        stream: await upload.stream(),
      }

export function blobIn(value: unknown): BlobRef | null {
  const blob = asRecord(value)
  const link = asString(asRecord(blob?.ref)?.$link)
  const mimeType = asString(blob?.mimeType)
  const size = asNumber(blob?.size)
  return link && mimeType && size !== undefined
    ? { $type: 'blob', ref: { $link: link }, mimeType, size }
    : null
}

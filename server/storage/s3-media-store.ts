import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { ListMultipartUploadsCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { type MediaStore, requireKey, TooManyBytes } from './media-store.ts'

export interface S3Settings {
  endpoint: string | null
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  /** `https://host/bucket/key` rather than `https://bucket.host/key`; most stores that are not Amazon's want it. */
  pathStyle: boolean
  /**
   * Whether senders get an address of the store itself. Off, files pass through this server: nothing of the store has
   * to be reachable from outside, and its bucket needs no CORS rules.
   */
  directUploads: boolean
}

/** Without an answer to a connection, or to a request that moves no bytes, in this time the store counts as away. */
const connectTimeoutMs = 10_000
const requestTimeoutMs = 60_000
/** A part of a multipart upload; two are in memory at a time. Amazon's smallest is 5 MiB. */
const partBytes = 8 * 1024 * 1024

/**
 * Media in any S3-compatible store. Direct uploads are held to one key, one content type and one length by the signature. The library is loaded here, not at the top: who keeps media in a folder does not pay for it.
 */
export async function s3MediaStore(settings: S3Settings): Promise<MediaStore & { close(): void }> {
  const s3 = await import('@aws-sdk/client-s3')
  const { Upload } = await import('@aws-sdk/lib-storage')
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
  const client = new s3.S3Client({
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    credentials: { accessKeyId: settings.accessKeyId, secretAccessKey: settings.secretAccessKey },
    // Stores that are not Amazon's refuse the checksum trailers that newer clients add by themselves.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: connectTimeoutMs, requestTimeout: requestTimeoutMs },
    ...(settings.endpoint ? { endpoint: settings.endpoint } : {}),
  })
  const at = (key: string) => ({ Bucket: settings.bucket, Key: requireKey(key) })

  return {
    async write(key, bytes, bytesMax) {
      const hash = createHash('sha256')
      let total = 0
      async function* counted() {
        for await (const chunk of bytes) {
          total += chunk.byteLength
          if (total > bytesMax) throw new TooManyBytes(bytesMax)
          hash.update(chunk)
          yield chunk
        }
      }
      // Nothing stands under the key until the last part is in; a broken upload is aborted, its parts are discarded.
      const upload = new Upload({
        client: client as S3Client,
        params: { ...at(key), Body: Readable.from(counted()) },
        partSize: partBytes,
        queueSize: 2,
      })
      await upload.done()
      return { bytes: total, sha256: hash.digest() }
    },

    async read(key, range) {
      const answer = await client
        .send(
          new s3.GetObjectCommand({
            ...at(key),
            ...(range ? { Range: `bytes=${range.start}-${range.end ?? ''}` } : {}),
          }),
        )
        .catch(absent)
      return answer?.Body ? (answer.Body.transformToWebStream() as ReadableStream<Uint8Array>) : null
    },

    async stat(key) {
      const answer = await client.send(new s3.HeadObjectCommand(at(key))).catch(absent)
      return answer ? { bytes: answer.ContentLength ?? 0 } : null
    },

    async delete(key) {
      await client.send(new s3.DeleteObjectCommand(at(key)))
    },

    async move(from, to) {
      const source = `${settings.bucket}/${requireKey(from)}`
      const copied = await client
        .send(new s3.CopyObjectCommand({ ...at(to), CopySource: source }))
        .catch(absent)
      if (!copied) return false
      await client.send(new s3.DeleteObjectCommand(at(from)))
      return true
    },

    async *list(prefix) {
      requireKey(prefix.replace(/\/$/, ''))
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const page = await client.send(
          new s3.ListObjectsV2Command({ Bucket: settings.bucket, Prefix: prefix, ContinuationToken: token }),
        )
        for (const { Key, LastModified } of page.Contents ?? [])
          if (Key && LastModified) yield { key: Key, modifiedAt: LastModified }
        token = page.NextContinuationToken
      }
    },

    async dropUnfinished(prefix, before) {
      let dropped = 0
      for (let from: { KeyMarker?: string; UploadIdMarker?: string } | null = {}; from; ) {
        const page: ListMultipartUploadsCommandOutput | null = await client
          .send(new s3.ListMultipartUploadsCommand({ Bucket: settings.bucket, Prefix: prefix, ...from }))
          .catch(notForUs)
        for (const { Key, UploadId, Initiated } of page?.Uploads ?? [])
          if (Key && UploadId && Initiated && Initiated < before) {
            await client.send(new s3.AbortMultipartUploadCommand({ Bucket: settings.bucket, Key, UploadId }))
            dropped++
          }
        from = page?.IsTruncated
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : null
      }
      return dropped
    },

    ...(settings.directUploads && { presignUpload }),

    close: () => client.destroy(),
  }

  async function presignUpload(
    key: string,
    { mimeType, bytes, validMs }: { mimeType: string; bytes: number; validMs: number },
  ) {
    const url = await getSignedUrl(
      client as S3Client,
      new s3.PutObjectCommand({ ...at(key), ContentType: mimeType, ContentLength: bytes }),
      {
        expiresIn: Math.floor(validMs / 1000),
        // Not signed, the type would be the sender's to choose. The length is signed by itself.
        signableHeaders: new Set(['content-type', 'content-length', 'host']),
      },
    )
    return { url, headers: { 'Content-Type': mimeType } }
  }
}

/** The store's two ways to say that there is no such object; anything else is a fault. */
function absent(error: Error & { $metadata?: { httpStatusCode?: number } }): null {
  if (error.name === 'NoSuchKey' || error.name === 'NotFound' || error.$metadata?.httpStatusCode === 404)
    return null
  throw error
}

/**
 * Some stores do not list unfinished uploads, and some keys may not: then a lifecycle rule of the bucket is the way to be
 * rid of them, and the rest of the clean-up goes on.
 */
function notForUs(error: Error & { $metadata?: { httpStatusCode?: number } }): null {
  if ([403, 405, 501].includes(error.$metadata?.httpStatusCode ?? 0)) return null
  throw error
}

import { createHash } from 'node:crypto'
import {
  isMediaType,
  type MediaKind,
  mediaExtension,
  mediaKind,
  mediaTypeOfExtension,
} from '../domain/media-types.ts'
import { forbidden, notFound } from '../domain/refusal.ts'
import { type FileVariant, fileAddress, tokenHolds } from '../net/signed-address.ts'
import { renderThumbnail } from '../net/thumbnail.ts'
import { type Media, mediaById } from '../storage/media.ts'
import { storedBytes } from './complete-upload.ts'
import type { Context } from './context.ts'

/** A file as it is served: only ever under its true type. */
export interface OpenFile {
  mimeType: string
  kind: MediaKind
  bytes: number
  /** Changes with the bytes. */
  etag: string
  /** Until when the address holds. */
  expiresAt: Date
  read(range?: { start: number; end: number }): Promise<ReadableStream<Uint8Array>>
}

/** The addresses of a file that is ready; null while it is not. */
export function addressesOf(ctx: Context, media: Media): { url: string; thumbnailUrl: string } | null {
  if (media.state !== 'ready' || !isMediaType(media.mimeType)) return null
  const address = (variant: FileVariant, extension: string) =>
    fileAddress(ctx.vault, ctx.settings.publicUrl, { mediaId: media.id, variant, extension }, ctx.clock.now())
  return {
    url: address('original', mediaExtension(media.mimeType)),
    thumbnailUrl: address('thumbnail', 'webp'),
  }
}

/**
 * The file behind a signed address. The signature is the permission, so that networks and `<img>` can fetch it.
 * @param name the last part of the path: `original.jpg`, `thumbnail.webp`
 */
export async function openFile(
  ctx: Context,
  { mediaId, name, token }: { mediaId: string; name: string; token: string },
): Promise<OpenFile> {
  const expiresAt = requireFileToken(ctx, `${mediaId}/${name}`, token)
  const media = await mediaById(ctx.db, mediaId)
  if (media?.state !== 'ready') throw notFound('File')
  return name.startsWith('thumbnail.')
    ? await thumbnail(ctx, media, expiresAt)
    : {
        mimeType: media.mimeType,
        kind: media.kind,
        bytes: media.bytes,
        etag: `"${media.sha256?.toString('base64url')}"`,
        expiresAt,
        read: storedBytes(ctx, media.storageKey, media.bytes).read,
      }
}

/**
 * Bytes that stand in the media store without a row (`storedFileAddress`). Bytes of a type that is none of ours go out
 * as a download of unknown type.
 * @param key base64url of the storage key
 * @param name `file.jpg`
 */
export async function openStoredFile(
  ctx: Context,
  { key, name, token }: { key: string; name: string; token: string },
): Promise<OpenFile> {
  const expiresAt = requireFileToken(ctx, `stored/${key}/${name}`, token)
  const storageKey = Buffer.from(key, 'base64url').toString()
  const kept = await ctx.media.stat(storageKey)
  if (!kept) throw notFound('File')
  const mimeType = mediaTypeOfExtension(name.slice(name.lastIndexOf('.') + 1))
  return {
    mimeType: mimeType ?? 'application/octet-stream',
    kind: mimeType ? mediaKind(mimeType) : 'document',
    bytes: kept.bytes,
    etag: `"${createHash('sha256').update(storageKey).digest('base64url').slice(0, 22)}-${kept.bytes}"`,
    expiresAt,
    read: storedBytes(ctx, storageKey, kept.bytes).read,
  }
}

function requireFileToken(ctx: Context, path: string, token: string): Date {
  const expiresAt = tokenHolds(ctx.vault, 'file', path, token, ctx.clock.now())
  if (expiresAt) return expiresAt
  throw forbidden(
    'This file address has expired or was altered. Read the file again to get a new one.',
    'file_address',
  )
}

/** Rendered when somebody first asks for it, then kept. */
async function thumbnail(ctx: Context, media: Media, expiresAt: Date): Promise<OpenFile> {
  const key = thumbnailKey(media.id)
  let kept = await ctx.media.stat(key)
  if (!kept) {
    const picture = await renderThumbnail(media, () => storedBytes(ctx, media.storageKey, media.bytes).read())
    kept = await ctx.media.write(key, ReadableStream.from([picture]), picture.byteLength)
  }
  return {
    mimeType: 'image/webp',
    kind: 'image',
    bytes: kept.bytes,
    etag: `"${media.sha256?.toString('base64url')}-thumbnail"`,
    expiresAt,
    read: storedBytes(ctx, key, kept.bytes).read,
  }
}

export const thumbnailKey = (mediaId: string) => `thumbnails/${mediaId}.webp`

import type { Actor } from '../domain/actor.ts'
import {
  isMediaType,
  type MediaType,
  mediaBytesMax,
  mediaKind,
  mediaTypes,
  normalMediaType,
} from '../domain/media-types.ts'
import { type Issue, invalid, invalidAt } from '../domain/refusal.ts'
import { signedToken } from '../net/signed-address.ts'
import { storedBytes } from '../storage/instance-figures.ts'
import { insertMedia } from '../storage/media.ts'
import { requireBrandPlace } from './account-access.ts'
import { userIdOf } from './connect-account.ts'
import type { Context } from './context.ts'

export interface UploadInput {
  brandId: string
  filename: string
  mimeType: string
  /** In bytes; exactly as many must come. */
  size: number
  altText?: string | null
}

/** Where the bytes go, with PUT and these headers, before `expiresAt`. The address is the permission: it is signed. */
export interface Upload {
  mediaId: string
  url: string
  headers: Record<string, string>
  expiresAt: Date
}

/** An interrupted upload may be repeated this long. */
const uploadValidMs = 3_600_000

/** The first of three steps (BR11): says where the bytes of a file may be sent. Needs `media.upload`. */
export async function initiateUpload(ctx: Context, actor: Actor, input: UploadInput): Promise<Upload> {
  const place = await requireBrandPlace(ctx.db, actor, input.brandId, 'media.upload')
  const mimeType = requireTakable(ctx, input)
  await requireRoom(ctx, input.size)
  const now = ctx.clock.now()
  const expiresAt = new Date(now.getTime() + uploadValidMs)
  const id = ctx.newId()
  await insertMedia(
    ctx.db,
    {
      id,
      workspaceId: place.workspaceId,
      brandId: place.brandId,
      filename: plainName(input.filename),
      mimeType,
      kind: mediaKind(mimeType),
      bytes: input.size,
      altText: input.altText || null,
      storageKey: uploadKey(id),
      uploadExpiresAt: expiresAt,
      createdBy: userIdOf(actor),
    },
    now,
  )
  const direct = await ctx.media.presignUpload?.(uploadKey(id), {
    mimeType,
    bytes: input.size,
    validMs: uploadValidMs,
  })
  return {
    mediaId: id,
    expiresAt,
    url: direct?.url ?? `${ctx.settings.publicUrl}/api/v1/media/uploads/${uploadToken(ctx, id, expiresAt)}`,
    headers: direct?.headers ?? { 'Content-Type': mimeType },
  }
}

/** Bytes wait here until they were looked at; then they move to where no upload can reach them. */
export const uploadKey = (mediaId: string) => `uploads/${mediaId}`

const uploadToken = (ctx: Context, mediaId: string, expiresAt: Date) =>
  `${mediaId}.${signedToken(ctx.vault, 'upload', mediaId, expiresAt)}`

/** Refuses type and size at once, each at its field. */
export function requireTakable(
  ctx: Context,
  { mimeType, size }: { mimeType: string; size: number },
): MediaType {
  const type = normalMediaType(mimeType)
  const issues: Issue[] = []
  if (!isMediaType(type))
    issues.push({
      path: 'mimeType',
      rule: 'media_type',
      message: `Files of type ${mimeType.slice(0, 100)} cannot be published. Known: ${mediaTypes.join(', ')}.`,
    })
  const max = isMediaType(type) ? bytesMaxOf(ctx, type) : ctx.settings.mediaBytesMax
  if (size > max)
    issues.push({
      path: 'size',
      rule: 'media_too_large',
      message: `The file has ${size} bytes; ${max} are the most.`,
      limit: max,
      value: size,
    })
  if (!isMediaType(type) || issues.length > 0) throw invalid(issues)
  return type
}

/** Refuses what would not fit into the space the operator gave (FANFARE_STORAGE_LIMIT_MB), if that was limited. */
export async function requireRoom(ctx: Context, size: number): Promise<void> {
  const limit = ctx.settings.storageBytesMax
  if (!limit || (await storedBytes(ctx.db)) + size <= limit) return
  throw invalidAt(
    'size',
    'The space for media on this server is used up. Delete files that are not needed any more, or ask its operator for more.',
    'storage_full',
  )
}

export const bytesMaxOf = (ctx: Context, type: MediaType): number =>
  Math.min(ctx.settings.mediaBytesMax, mediaBytesMax[mediaKind(type)])

/** The last part of whatever path came along, without control characters; it is shown, never used as a path. */
export function plainName(filename: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be taken out
  const name = (filename.split(/[/\\]/).at(-1) ?? '').replaceAll(/[\u0000-\u001f\u007f]/g, '').trim()
  return name || 'file'
}

import type { Actor } from '../domain/actor.ts'
import { isMediaType, mediaKind, normalMediaType } from '../domain/media-types.ts'
import { invalidAt } from '../domain/refusal.ts'
import { insertMedia, type Media } from '../storage/media.ts'
import { TooManyBytes } from '../storage/media-store.ts'
import { requireBrandPlace } from './account-access.ts'
import { completeUpload } from './complete-upload.ts'
import { userIdOf } from './connect-account.ts'
import type { Context } from './context.ts'
import { bytesMaxOf, plainName, requireRoom, requireTakable, uploadKey } from './initiate-upload.ts'

/** For dialects that send a file in one request: how long the row may wait for its completion in the same request. */
const uploadValidMs = 3_600_000

/**
 * Takes a file that comes in one piece (C15): the bytes are kept first, then looked at as in three-step uploads. One
 * that breaks off, is too large or lies about its type leaves nothing. Needs `media.upload`.
 */
export async function uploadMedia(
  ctx: Context,
  actor: Actor,
  input: {
    brandId: string
    filename: string
    mimeType: string
    /** Asked when the bytes are kept: a form may name it after the file. */
    altText: () => Promise<string | null>
    bytes: AsyncIterable<Uint8Array>
  },
): Promise<Media> {
  const place = await requireBrandPlace(ctx.db, actor, input.brandId, 'media.upload')
  const type = normalMediaType(input.mimeType)
  // Says which types are known; the size is only known at the end.
  const mimeType = isMediaType(type) ? type : requireTakable(ctx, { mimeType: input.mimeType, size: 0 })
  await requireRoom(ctx, 0)
  const id = ctx.newId()
  const bytes = await keep(ctx, uploadKey(id), input.bytes, bytesMaxOf(ctx, mimeType))
  if (bytes === 0) {
    await ctx.media.delete(uploadKey(id))
    throw invalidAt('file', 'The file is empty.', 'media_empty')
  }
  const altText = await input.altText().catch(async (error: unknown) => {
    await ctx.media.delete(uploadKey(id))
    throw error
  })
  const now = ctx.clock.now()
  await insertMedia(
    ctx.db,
    {
      id,
      workspaceId: place.workspaceId,
      brandId: place.brandId,
      filename: plainName(input.filename),
      mimeType,
      kind: mediaKind(mimeType),
      bytes,
      altText: altText || null,
      storageKey: uploadKey(id),
      uploadExpiresAt: new Date(now.getTime() + uploadValidMs),
      createdBy: userIdOf(actor),
    },
    now,
  )
  return completeUpload(ctx, actor, { mediaId: id })
}

async function keep(
  ctx: Context,
  key: string,
  bytes: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<number> {
  try {
    return (await ctx.media.write(key, bytes, bytesMax)).bytes
  } catch (error) {
    if (error instanceof TooManyBytes)
      throw invalidAt(
        'file',
        `The file is larger than the ${bytesMax} bytes that are taken.`,
        'media_too_large',
      )
    throw error
  }
}

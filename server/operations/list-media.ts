import type { Actor } from '../domain/actor.ts'
import { listMedia as listRows, type Media } from '../storage/media.ts'
import { requireBrandPlace } from './account-access.ts'
import type { Context } from './context.ts'
import { requireMedia } from './media-access.ts'
import { type Page, type PageRequest, readPage } from './page.ts'

/** The ready files of a brand, newest first (B29). Membership is enough. */
export async function listMedia(
  ctx: Context,
  actor: Actor,
  { brandId, ...page }: { brandId: string } & PageRequest,
): Promise<Page<Media>> {
  await requireBrandPlace(ctx.db, actor, brandId, null)
  return readPage(
    ctx,
    page,
    ['media', brandId],
    (after, limit) => listRows(ctx.db, brandId, after?.[0] ?? null, limit),
    (media) => [media.id],
  )
}

/** One file, also one that is still to come or was refused. Membership is enough. */
export const readMedia = (ctx: Context, actor: Actor, { mediaId }: { mediaId: string }): Promise<Media> =>
  requireMedia(ctx.db, actor, mediaId, null)

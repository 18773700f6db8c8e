import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { type Media, setAltText } from '../storage/media.ts'
import { postsWithMedium } from '../storage/post-media.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requireMedia } from './media-access.ts'
import { mediaEvent } from './media-event.ts'
import { lockPosts, rebindPosts } from './rebind-posts.ts'

/**
 * Changes the alt text of a file, everywhere it is used. It is part of what people read, so a post that was approved
 * with the old one goes back to draft. Needs `media.upload`.
 */
export async function updateMedia(
  ctx: Context,
  actor: Actor,
  { mediaId, altText }: { mediaId: string; altText: string | null },
): Promise<Media> {
  const { media } = await changePosts(
    ctx,
    ({ postIds }: { media: Media; postIds: string[] }) => postIds,
    async (tx, ctx) => {
      const media = await requireMedia(tx, actor, mediaId, 'media.upload')
      const words = altText || null
      if (media.altText === words) return { media, postIds: [] }
      const now = ctx.clock.now()
      await lockPosts(tx, await postsWithMedium(tx, media.workspaceId, mediaId))
      await setAltText(tx, mediaId, words, now)
      // Again: a post that took the file up meanwhile has made this wait for its end.
      const postIds = await postsWithMedium(tx, media.workspaceId, mediaId)
      await lockPosts(tx, postIds)
      await rebindPosts(ctx, tx, actor, postIds)
      const changed = await requireMedia(tx, actor, mediaId, null)
      const changes = { altText: { from: media.altText, to: words } }
      await recordEvents(tx, actor, now, [mediaEvent(ctx, changed, 'media.updated', { changes })])
      return { media: changed, postIds }
    },
  )
  return media
}

import type { Actor } from '../domain/actor.ts'
import type { PostStatus } from '../domain/delivery.ts'
import { wrongState } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { deleteMediaRow } from '../storage/media.ts'
import { postsWithMedium } from '../storage/post-media.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { requireMedia } from './media-access.ts'
import { mediaEvent } from './media-event.ts'
import { thumbnailKey } from './open-file.ts'
import { lockPosts, rebindPosts } from './rebind-posts.ts'

/** Posts in these states need their files, or show them (answers 1.10). */
const holding: ReadonlySet<PostStatus> = new Set([
  'scheduled',
  'publishing',
  'published',
  'partially_failed',
  'uncertain',
])

/**
 * Deletes a file. Refused while a post that goes out or is out uses it; other posts just lose it. The bytes go after
 * the commit; should that fail, clean-up finds them without a row. Needs `media.delete`.
 */
export async function deleteMedia(
  ctx: Context,
  actor: Actor,
  { mediaId }: { mediaId: string },
): Promise<void> {
  const storageKey = await transaction(ctx.db, async (tx) => {
    const media = await requireMedia(tx, actor, mediaId, 'media.delete')
    await lockPosts(tx, await postsWithMedium(tx, media.workspaceId, mediaId))
    await requireMedia(tx, actor, mediaId, 'media.delete', { lock: true })
    const posts = await lockPosts(tx, await postsWithMedium(tx, media.workspaceId, mediaId))
    const users = posts.filter((post) => holding.has(post.status))
    if (users.length > 0)
      throw wrongState(
        `${media.filename} is used by ${users.length === 1 ? `a ${users[0]?.status} post` : `${users.length} posts that are scheduled or out`}. Cancel or delete ${users.length === 1 ? 'it' : 'them'} first.`,
        'media_in_use',
      )
    const postIds = posts.map((post) => post.id)
    await deleteMediaRow(tx, mediaId, postIds, ctx.clock.now())
    await rebindPosts(ctx, tx, actor, postIds)
    await recordEvents(tx, actor, ctx.clock.now(), [mediaEvent(ctx, media, 'media.deleted')])
    return media.storageKey
  })
  // A store that is away now is no reason to say that nothing was deleted.
  await Promise.allSettled([ctx.media.delete(storageKey), ctx.media.delete(thumbnailKey(mediaId))])
}

import type { Actor } from '../domain/actor.ts'
import type { Tx } from '../storage/database.ts'
import { mediaForPosts } from '../storage/post-media.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { findPosts, lockPost } from '../storage/posts.ts'
import { bindContent } from './bind-content.ts'
import { fieldsOf, hashOf } from './compose-post.ts'
import type { Context } from './context.ts'

/**
 * Something that posts show was changed beneath them (an alt text, a file that is gone): their content is another one
 * now, with what follows for approvals and for what was prepared (answers 1.2).
 * @param postIds locked by the caller
 */
export async function rebindPosts(ctx: Context, tx: Tx, actor: Actor, postIds: string[]): Promise<void> {
  for (const post of await findPosts(tx, postIds)) {
    const fields = fieldsOf(post)
    const ids = [...fields.mediaIds, ...fields.targets.flatMap((target) => target.mediaIds ?? [])]
    const media = await mediaForPosts(tx, post.workspaceId, [...new Set(ids)])
    const byId = new Map(media.map((file) => [file.id, file]))
    const filesOf = (wanted: string[]) =>
      wanted.map((id) => byId.get(id)).filter((file) => file !== undefined)
    await bindContent(ctx, tx, actor, post, hashOf(fields, filesOf))
  }
  await refreshPostStatus(tx, postIds, ctx.clock.now())
}

/** In id order, as everybody locks several posts. */
export async function lockPosts(tx: Tx, postIds: string[]) {
  const posts = []
  for (const id of postIds.toSorted()) {
    const post = await lockPost(tx, id)
    if (post) posts.push(post)
  }
  return posts
}

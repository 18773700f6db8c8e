import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { invalidAt, wrongState } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { findPost } from '../storage/posts.ts'
import { resolveAsNotPublished, resolveAsPublished } from '../storage/resume.ts'
import { settledPosts } from '../storage/settled-posts.ts'
import { changePosts } from './change-posts.ts'
import type { Context } from './context.ts'
import { requireDeliveryForChange } from './post-access.ts'
import { postEvent } from './post-events.ts'

/** What a person found at the network. */
export type Resolution = { outcome: 'published'; url: string } | { outcome: 'not_published' }

/** As long as any address of a post that we know, several times over. */
const urlCharactersMax = 2048

/**
 * Settles a delivery whose network never answered, by what a person saw there: it is live at this address, or it is
 * not, and is sent again now with the same key. Needs `posts.publish`.
 */
export async function resolveDelivery(
  ctx: Context,
  actor: Actor,
  input: { deliveryId: string; resolution: Resolution },
): Promise<Post> {
  const { resolution } = input
  return changePosts(
    ctx,
    ({ id }: Post) => [id],
    async (tx, ctx) => {
      const { post, delivery } = await requireDeliveryForChange(tx, actor, input.deliveryId, 'posts.publish')
      if (resolution.outcome === 'published') requireAddress(resolution.url)
      if (delivery.state !== 'uncertain')
        throw wrongState(
          `Only an uncertain delivery is to be resolved; this one is ${delivery.state}.`,
          'not_uncertain',
        )
      const now = ctx.clock.now()
      if (resolution.outcome === 'published') await resolveAsPublished(tx, delivery.id, resolution.url, now)
      else await resolveAsNotPublished(tx, delivery.id, now)
      const after = (await findPost(tx, post.id)) as Post
      const facts = { deliveryId: delivery.id, accountId: delivery.accountId, network: delivery.network }
      const [settled] = await settledPosts(tx, [post.id])
      await recordEvents(tx, actor, now, [
        postEvent(ctx, post, 'post.delivery_resolved', { ...facts, ...resolution }),
        // The engine tells this when the last delivery settles; here a person has settled it.
        ...(settled && after.publishedAt && !settled.toldPublished
          ? [
              postEvent(ctx, post, 'post.published', {
                status: after.status,
                publishedAt: after.publishedAt.toISOString(),
                deliveries: settled.deliveries,
              }),
            ]
          : []),
      ])
      return after
    },
  )
}

function requireAddress(url: string) {
  if (url.length > urlCharactersMax || !/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw invalidAt('url', 'Give the complete http or https address of the published post.', 'not_an_address')
}

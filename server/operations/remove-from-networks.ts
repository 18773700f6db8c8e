import type { Actor } from '../domain/actor.ts'
import type { Delivery, Post } from '../domain/post.ts'
import { requireVerb } from '../domain/post-verbs.ts'
import { wrongState } from '../domain/refusal.ts'
import type { Done } from '../networks/network.ts'
import { accountById } from '../storage/accounts.ts'
import { markRemoved, publishedAtNetwork } from '../storage/deliveries.ts'
import { recordEvents } from '../storage/events.ts'
import { workspaceMode } from '../storage/places.ts'
import { appendLog } from '../storage/publish-log.ts'
import { accountSecretBox } from '../storage/secret-box.ts'
import { transaction } from '../storage/transaction.ts'
import { accountContext, requireNetwork } from './account-context.ts'
import type { Context } from './context.ts'
import { requireDelivery, requirePost } from './post-access.ts'
import { logEntry, postEvent } from './post-events.ts'

/** What became of one published delivery that was to be taken down. */
export interface Removal {
  deliveryId: string
  accountId: string
  network: string
  /** `removed`: gone at the network, now or earlier. `not_offered`: only by hand. `failed`: still there, as far as we know. */
  outcome: 'removed' | 'not_offered' | 'failed'
  message: string | null
}

/** A person waits; a network that needs longer is told of as failed and can be asked again. */
const removeTimeoutMs = 30_000

/** Networks asked at the same time; a post with a hundred targets should not open a hundred connections. */
const atOnceMax = 8

/**
 * Takes a published post down at its networks and keeps it here, marked as removed. Each delivery succeeds or fails by
 * itself. Not in a transaction. Needs `posts.delete`.
 */
export async function removeFromNetworks(
  ctx: Context,
  actor: Actor,
  input: { postId: string },
): Promise<Removal[]> {
  const post = await requirePost(ctx.db, actor, input.postId, 'posts.delete')
  requireVerb('remove', post, actor.dialect)
  const published = post.deliveries.filter(({ state }) => state === 'published')
  const removals: Removal[] = []
  for (let at = 0; at < published.length; at += atOnceMax)
    removals.push(
      ...(await Promise.all(
        published.slice(at, at + atOnceMax).map((delivery) => remove(ctx, actor, post, delivery)),
      )),
    )
  return removals
}

/** As `removeFromNetworks`, for one delivery. */
export async function removeDelivery(
  ctx: Context,
  actor: Actor,
  input: { deliveryId: string },
): Promise<Removal> {
  const { post, delivery } = await requireDelivery(ctx.db, actor, input.deliveryId, 'posts.delete')
  if (delivery.state !== 'published')
    throw wrongState(
      `Only a published delivery can be removed at its network; this one is ${delivery.state}.`,
      'not_published',
    )
  return remove(ctx, actor, post, delivery)
}

async function remove(ctx: Context, actor: Actor, post: Post, delivery: Delivery): Promise<Removal> {
  const { id: deliveryId, accountId, network } = delivery
  const told = (outcome: Removal['outcome'], message: string | null): Removal => ({
    deliveryId,
    accountId,
    network,
    outcome,
    message,
  })
  if (delivery.removedAt) return told('removed', null)
  const done = await askNetwork(ctx, delivery)
  if (typeof done === 'string') return told('not_offered', done)
  await recordOutcome(ctx, actor, post, delivery, done)
  if (done.outcome === 'done') return told('removed', null)
  const { message, remedy } = done.failure
  return told('failed', `${message} ${remedy}`.trim())
}

/** @returns what the network said, or why it cannot be asked. */
async function askNetwork(ctx: Context, delivery: Delivery): Promise<Done | string> {
  const network = requireNetwork(ctx, delivery.network)
  const byHand = delivery.url ? `Remove it there by hand: ${delivery.url}` : 'Remove it there by hand.'
  if (!network.remove) return `${network.name} offers no way to remove a post. ${byHand}`
  const account = await accountById(ctx.db, delivery.accountId)
  if (!account || account.state === 'disconnected')
    return `The account was disconnected. Connect it again, or: ${byHand}`
  const published = await publishedAtNetwork(ctx.db, delivery.id)
  if (!published) return `Its id at ${network.name} is not known. ${byHand}`
  const signal = AbortSignal.timeout(removeTimeoutMs)
  const secret = accountSecretBox({ db: ctx.db, vault: ctx.vault, accountId: account.id, signal })
  const mode = await workspaceMode(ctx.db, account.workspaceId)
  return network.remove(await accountContext(ctx, account, mode, secret, signal), published)
}

async function recordOutcome(ctx: Context, actor: Actor, post: Post, delivery: Delivery, done: Done) {
  const now = ctx.clock.now()
  const { id: deliveryId, accountId, network } = delivery
  const facts = { deliveryId, accountId, network }
  await transaction(ctx.db, async (tx) => {
    if (done.outcome === 'done') {
      await markRemoved(tx, deliveryId, now)
      await recordEvents(tx, actor, now, [postEvent(ctx, post, 'post.removed', facts)])
      await appendLog(tx, [logEntry(ctx, post, deliveryId, 'removed', 'Taken down at the network.')])
    } else {
      const { message } = done.failure
      await recordEvents(tx, actor, now, [
        postEvent(ctx, post, 'post.removal_failed', { ...facts, reason: message }),
      ])
      await appendLog(tx, [logEntry(ctx, post, deliveryId, 'removal_failed', message)])
    }
  })
}

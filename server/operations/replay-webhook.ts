import type { Actor } from '../domain/actor.ts'
import { notFound, wrongState } from '../domain/refusal.ts'
import {
  findWebhookToSend,
  queueWebhook,
  queueWebhooksSince,
  type WebhookDelivery,
} from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { requireWebhook } from './webhook-access.ts'

/** Events queued again by one replay at most; a longer gap is replayed in several calls, each from `nextSince`. */
const replayEventsMax = 1000

/** Sends one event again, with the same `webhook-id`, so that a receiver which has seen it knows. */
export async function replayWebhookDelivery(
  ctx: Context,
  actor: Actor,
  { id, deliveryId }: { id: string; deliveryId: string },
): Promise<WebhookDelivery> {
  return ctx.db.transaction().execute(async (tx) => {
    const endpoint = await requireWebhook(tx, actor, id)
    const sent = await findWebhookToSend(tx, deliveryId)
    if (sent?.delivery.endpointId !== id) throw notFound('Webhook delivery', deliveryId)
    requireActive(endpoint)
    const delivery = {
      id: ctx.newId(),
      workspaceId: endpoint.workspaceId,
      endpointId: id,
      eventId: sent.event.id,
    }
    return queueWebhook(tx, delivery, ctx.clock.now())
  })
}

/**
 * Sends everything the endpoint subscribes to since an instant again, in the order it happened. @returns how many, and
 * where to go on when there may be more: what happened at that very instant comes again, under the same `webhook-id`.
 */
export async function replayWebhooksSince(
  ctx: Context,
  actor: Actor,
  { id, since }: { id: string; since: Date },
  eventsMax = replayEventsMax,
): Promise<{ queued: number; nextSince: Date | null }> {
  return ctx.db.transaction().execute(async (tx) => {
    const endpoint = await requireWebhook(tx, actor, id)
    requireActive(endpoint)
    const { queued, lastAt } = await queueWebhooksSince(tx, endpoint, since, eventsMax, ctx.clock.now())
    return { queued, nextSince: queued === eventsMax ? lastAt : null }
  })
}

function requireActive({ isActive }: { isActive: boolean }) {
  if (!isActive) throw wrongState('This webhook is switched off. Switch it on, then replay.')
}

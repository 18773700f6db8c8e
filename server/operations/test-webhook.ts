import type { Actor } from '../domain/actor.ts'
import { wrongState } from '../domain/refusal.ts'
import { testEvent } from '../domain/webhook-event.ts'
import { recordEvents } from '../storage/events.ts'
import { queueWebhook, type WebhookDelivery } from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { requireWebhook } from './webhook-access.ts'

/** Sends a `webhook.test` event to one endpoint, by the same way as real ones; the delivery log shows the outcome. */
export async function testWebhook(
  ctx: Context,
  actor: Actor,
  { id }: { id: string },
): Promise<WebhookDelivery> {
  const now = ctx.clock.now()
  return ctx.db.transaction().execute(async (tx) => {
    const endpoint = await requireWebhook(tx, actor, id)
    if (!endpoint.isActive) throw wrongState('This webhook is switched off. Switch it on, then send a test.')
    const eventId = ctx.newId()
    await recordEvents(tx, actor, now, [
      {
        id: eventId,
        workspaceId: endpoint.workspaceId,
        type: testEvent,
        resourceType: 'webhook',
        resourceId: id,
        data: { webhookId: id, message: 'A test from Fanfare' },
      },
    ])
    return queueWebhook(
      tx,
      { id: ctx.newId(), workspaceId: endpoint.workspaceId, endpointId: id, eventId },
      now,
    )
  })
}

import type { Actor } from '../domain/actor.ts'
import { listWebhookDeliveries as list, type WebhookDelivery } from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { requireWebhook } from './webhook-access.ts'

/** What was sent to an endpoint and what it answered, newest first. */
export async function listWebhookDeliveries(
  ctx: Context,
  actor: Actor,
  input: { id: string; limit: number; before?: string; state?: WebhookDelivery['state'] },
) {
  await requireWebhook(ctx.db, actor, input.id)
  return list(ctx.db, input.id, input)
}

import type { Actor } from '../domain/actor.ts'
import { listWebhookDeliveries as list, type WebhookDelivery } from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { type PageRequest, readPage } from './page.ts'
import { requireWebhook } from './webhook-access.ts'

/** What was sent to an endpoint and what it answered, newest first. */
export async function listWebhookDeliveries(
  ctx: Context,
  actor: Actor,
  { id, state, ...page }: PageRequest & { id: string; state?: WebhookDelivery['state'] },
) {
  await requireWebhook(ctx.db, actor, id)
  return readPage(
    ctx,
    page,
    ['webhook-deliveries', id, state],
    (after, limit) => list(ctx.db, id, { limit, before: after?.[0], state }),
    (delivery) => [delivery.id],
  )
}

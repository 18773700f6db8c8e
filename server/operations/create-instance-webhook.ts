import type { Actor } from '../domain/actor.ts'
import { invalidAt } from '../domain/refusal.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { insertWebhookEndpoint, listInstanceWebhooks, type WebhookEndpoint } from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { requireGoodWebhook, webhookEndpointsMax } from './create-webhook.ts'
import { requireInstance } from './instance-access.ts'

/** Subscribes an address to events of every workspace (C42). */
export async function createInstanceWebhook(
  ctx: Context,
  actor: Actor,
  input: { url: string; events: string[]; secret: string },
): Promise<WebhookEndpoint> {
  const id = ctx.newId()
  const now = ctx.clock.now()
  await requireInstance(ctx.db, actor, 'api_keys.manage')
  await requireGoodWebhook(ctx, input)
  return transaction(ctx.db, async (tx) => {
    const { userId } = await requireInstance(tx, actor, 'api_keys.manage')
    if ((await listInstanceWebhooks(tx)).length >= webhookEndpointsMax)
      throw invalidAt('url', `The instance has at most ${webhookEndpointsMax} webhooks of its own.`)
    const endpoint = await insertWebhookEndpoint(
      tx,
      {
        id,
        workspaceId: null,
        dialect: 'oui-post',
        url: input.url,
        events: [...new Set(input.events)],
        secret: ctx.vault.seal(input.secret, `webhook:${id}`),
        createdBy: userId,
      },
      now,
    )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'webhook.created',
        resourceType: 'webhook',
        resourceId: id,
        data: { url: input.url, events: endpoint.events },
      },
    ])
    return endpoint
  })
}

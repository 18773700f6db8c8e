import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { deleteWebhookEndpoint } from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { requireWebhook } from './webhook-access.ts'

/** Ends a subscription at once; what is still queued for it is dropped with its delivery log. */
export async function deleteWebhook(ctx: Context, actor: Actor, { id }: { id: string }): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    const endpoint = await requireWebhook(tx, actor, id)
    await deleteWebhookEndpoint(tx, id)
    await recordEvents(tx, actor, ctx.clock.now(), [
      {
        id: ctx.newId(),
        workspaceId: endpoint.workspaceId,
        type: 'webhook.deleted',
        resourceType: 'webhook',
        resourceId: id,
        data: { url: endpoint.url },
      },
    ])
  })
}

import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { resumeWebhooks, updateWebhookEndpoint, type WebhookEndpoint } from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { requireGoodWebhook } from './create-webhook.ts'
import { requireWebhook } from './webhook-access.ts'

/** How long the old secret signs beside the new one after a change, so that receivers can be moved in peace. */
const secretOverlapMs = 24 * 60 * 60 * 1000

/**
 * Changes address, events, secret, or switches the webhook off and on. A new secret signs together with the old one
 * for 24 h. Switching on forgets the failures that switched it off, and sends what waited.
 */
export async function updateWebhook(
  ctx: Context,
  actor: Actor,
  input: { id: string; url?: string; events?: string[]; secret?: string; active?: boolean },
): Promise<WebhookEndpoint> {
  const now = ctx.clock.now()
  await requireWebhook(ctx.db, actor, input.id)
  await requireGoodWebhook(ctx, input)
  return ctx.db.transaction().execute(async (tx) => {
    const before = await requireWebhook(tx, actor, input.id)
    const after = await updateWebhookEndpoint(
      tx,
      input.id,
      {
        ...(input.url !== undefined && { url: input.url }),
        ...(input.events !== undefined && { events: [...new Set(input.events)] }),
        ...(input.secret !== undefined && {
          secret: ctx.vault.seal(input.secret, `webhook:${input.id}`),
          previousSecret: before.secret,
          previousSecretUntil: new Date(now.getTime() + secretOverlapMs),
        }),
        ...(input.active !== undefined && {
          isActive: input.active,
          disabledReason: input.active ? null : 'Switched off by a member.',
          ...(input.active && { failingSince: null }),
        }),
      },
      now,
    )
    if (after.isActive && !before.isActive) await resumeWebhooks(tx, input.id, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: before.workspaceId,
        type: 'webhook.updated',
        resourceType: 'webhook',
        resourceId: input.id,
        data: {
          before: { url: before.url, events: before.events, active: before.isActive },
          after: { url: after.url, events: after.events, active: after.isActive },
          secretChanged: input.secret !== undefined,
        },
      },
    ])
    return after
  })
}

import type { Actor } from '../domain/actor.ts'
import { type Issue, invalid, invalidAt } from '../domain/refusal.ts'
import { isWebhookEvent, type WebhookDialect, webhookEvents } from '../domain/webhook-event.ts'
import { addressProblem } from '../net/address-policy.ts'
import { recordEvents } from '../storage/events.ts'
import { insertWebhookEndpoint, listWebhookEndpoints, type WebhookEndpoint } from '../storage/webhooks.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** Endpoints in one workspace: every event is queued once per endpoint, so this bounds what one event can cost. */
export const webhookEndpointsMax = 50

/** Subscribes an address to events of a workspace. Needs `workspace.settings`. The secret is sealed and never shown. */
export async function createWebhook(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; dialect: WebhookDialect; url: string; events: string[]; secret: string },
): Promise<WebhookEndpoint> {
  const id = ctx.newId()
  const now = ctx.clock.now()
  await requireAccess(ctx.db, actor, input.workspaceId, 'workspace.settings')
  await requireGoodWebhook(ctx, input)
  return ctx.db.transaction().execute(async (tx) => {
    await requireAccess(tx, actor, input.workspaceId, 'workspace.settings')
    if ((await listWebhookEndpoints(tx, input.workspaceId)).length >= webhookEndpointsMax)
      throw invalidAt('url', `A workspace has at most ${webhookEndpointsMax} webhooks. Delete one first.`)
    const endpoint = await insertWebhookEndpoint(
      tx,
      {
        id,
        workspaceId: input.workspaceId,
        dialect: input.dialect,
        url: input.url,
        events: [...new Set(input.events)],
        secret: ctx.vault.seal(input.secret, `webhook:${id}`),
        createdBy: actor.kind === 'user' ? actor.userId : null,
      },
      now,
    )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: input.workspaceId,
        type: 'webhook.created',
        resourceType: 'webhook',
        resourceId: id,
        data: { url: input.url, events: endpoint.events },
      },
    ])
    return endpoint
  })
}

/** Refuses an address we may not call, an unknown event and a secret that cannot sign, all at once. */
export async function requireGoodWebhook(
  ctx: Context,
  { url, events, secret }: { url?: string; events?: string[]; secret?: string },
): Promise<void> {
  const issues: Issue[] = []
  const problem = url === undefined ? null : await addressProblem(ctx.settings.webhookAddresses, url)
  if (problem) issues.push({ path: 'url', rule: 'webhook_url', message: problem })
  for (const [index, event] of events?.entries() ?? [])
    if (!isWebhookEvent(event))
      issues.push({
        path: `events[${index}]`,
        rule: 'webhook_event',
        message: `${event} is not an event. Known: ${webhookEvents.join(', ')}.`,
      })
  if (events?.length === 0)
    issues.push({ path: 'events', rule: 'webhook_event', message: 'Name at least one event.' })
  if (secret?.startsWith('whsec_') && Buffer.from(secret.slice(6), 'base64').length < 16)
    issues.push({
      path: 'secret',
      rule: 'webhook_secret',
      message: 'A secret that starts with whsec_ must be the base64 of 16 or more bytes.',
    })
  if (issues.length > 0) throw invalid(issues)
}

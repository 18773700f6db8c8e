import type { Actor } from '../domain/actor.ts'
import { listWebhookEndpoints, type WebhookEndpoint } from '../storage/webhooks.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** The webhooks of a workspace, oldest first. Needs `workspace.settings`. */
export async function listWebhooks(
  ctx: Context,
  actor: Actor,
  { workspaceId }: { workspaceId: string },
): Promise<WebhookEndpoint[]> {
  await requireAccess(ctx.db, actor, workspaceId, 'workspace.settings')
  return listWebhookEndpoints(ctx.db, workspaceId)
}

import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { findWebhookEndpoint, type WebhookEndpoint } from '../storage/webhooks.ts'
import { permissionsIn, requireAccess } from './access.ts'

/** The endpoint, for an actor who may manage its workspace's webhooks; one of another workspace does not exist. */
export async function requireWebhook(
  tx: Db,
  actor: Actor,
  id: string,
): Promise<WebhookEndpoint & { workspaceId: string }> {
  const endpoint = await findWebhookEndpoint(tx, id)
  const { workspaceId } = endpoint ?? {}
  if (!endpoint || !workspaceId || !(await permissionsIn(tx, actor, workspaceId)))
    throw notFound('Webhook', id)
  await requireAccess(tx, actor, workspaceId, 'workspace.settings')
  return { ...endpoint, workspaceId }
}

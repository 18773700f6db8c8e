import type { Actor } from '../domain/actor.ts'
import { listQueues as list, type Queue } from '../storage/queues.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** The queues of a workspace with their slots, oldest first (C17). */
export async function listQueues(
  ctx: Context,
  actor: Actor,
  { workspaceId }: { workspaceId: string },
): Promise<Queue[]> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  return list(ctx.db, workspaceId)
}

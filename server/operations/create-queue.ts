import type { Actor } from '../domain/actor.ts'
import type { Slot } from '../domain/queue.ts'
import { recordEvents } from '../storage/events.ts'
import { insertQueue, type Queue, replaceSlots } from '../storage/queues.ts'
import { transaction } from '../storage/transaction.ts'
import { findWorkspace } from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { defaultBrandId } from './default-brand.ts'
import { requireGoodQueue, requireQueue } from './queue-access.ts'

/** Makes a queue of weekly slots (C18), in the workspace's zone when none is given. Needs `posts.schedule`. */
export async function createQueue(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; name: string; description?: string | null; timezone?: string; slots: Slot[] },
): Promise<Queue> {
  const now = ctx.clock.now()
  const id = ctx.newId()
  const { workspaceId, name } = input
  const brandId = await defaultBrandId(ctx, actor, workspaceId)
  return transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'posts.schedule')
    await requireGoodQueue(ctx, tx, workspaceId, input)
    const timezone = input.timezone ?? (await findWorkspace(tx, workspaceId))?.timezone ?? 'UTC'
    await insertQueue(
      tx,
      { id, workspaceId, brandId, name, description: input.description ?? null, timezone },
      now,
    )
    await replaceSlots(
      tx,
      { id, workspaceId },
      input.slots.map((slot) => ({ ...slot, id: ctx.newId() })),
    )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'queue.created',
        resourceType: 'queue',
        resourceId: id,
        data: { name },
      },
    ])
    return requireQueue(tx, actor, id, null)
  })
}

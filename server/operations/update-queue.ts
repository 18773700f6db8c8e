import type { Actor } from '../domain/actor.ts'
import type { Slot } from '../domain/queue.ts'
import { recordEvents } from '../storage/events.ts'
import { type Queue, replaceSlots, updateQueue as update } from '../storage/queues.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { requireGoodQueue, requireQueue } from './queue-access.ts'

/** Changes a queue (C20); slots, when given, replace all. Posts that are scheduled already keep their times. */
export async function updateQueue(
  ctx: Context,
  actor: Actor,
  input: {
    id: string
    name?: string
    description?: string | null
    timezone?: string
    isActive?: boolean
    slots?: Slot[]
  },
): Promise<Queue> {
  const now = ctx.clock.now()
  const { id, slots, ...change } = input
  return transaction(ctx.db, async (tx) => {
    const queue = await requireQueue(tx, actor, id, 'posts.schedule')
    await requireGoodQueue(ctx, tx, queue.workspaceId, input)
    await update(tx, id, change, now)
    if (slots)
      await replaceSlots(
        tx,
        queue,
        slots.map((slot) => ({ ...slot, id: ctx.newId() })),
      )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: queue.workspaceId,
        type: 'queue.updated',
        resourceType: 'queue',
        resourceId: id,
        data: { ...change, slotsReplaced: slots !== undefined },
      },
    ])
    return requireQueue(tx, actor, id, null)
  })
}

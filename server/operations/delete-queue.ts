import type { Actor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { deleteQueue as deleteRow } from '../storage/queues.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'
import { requireQueue } from './queue-access.ts'

/** Deletes a queue (C21). Posts that are scheduled already go out at their times. */
export async function deleteQueue(ctx: Context, actor: Actor, { id }: { id: string }): Promise<void> {
  await transaction(ctx.db, async (tx) => {
    const queue = await requireQueue(tx, actor, id, 'posts.schedule')
    await deleteRow(tx, id)
    await recordEvents(tx, actor, ctx.clock.now(), [
      {
        id: ctx.newId(),
        workspaceId: queue.workspaceId,
        type: 'queue.deleted',
        resourceType: 'queue',
        resourceId: id,
        data: { name: queue.name },
      },
    ])
  })
}

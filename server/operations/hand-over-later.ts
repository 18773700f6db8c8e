import { bufferConfigOf } from '../storage/buffer-configs.ts'
import { addChores } from '../storage/chores.ts'
import type { Tx } from '../storage/database.ts'
import { bufferNotConfigured } from './buffer-access.ts'
import type { Context } from './context.ts'

export const scheduleDraftTask = 'schedule_draft'

/** The request that made the drafts hands them over itself; the chore does what is left. */
const afterMs = 60_000

/** Asks for a draft to be handed to Buffer; in the transaction that writes it. */
export async function planHandingOver(
  ctx: Context,
  tx: Tx,
  post: { id: string; workspaceId: string },
): Promise<void> {
  if (!(await bufferConfigOf(tx, post.workspaceId))?.isActive) throw bufferNotConfigured()
  await addChores(tx, [
    {
      task: scheduleDraftTask,
      payload: { postId: post.id },
      key: `${scheduleDraftTask}:${post.id}`,
      runAt: new Date(ctx.clock.now().getTime() + afterMs),
    },
  ])
}

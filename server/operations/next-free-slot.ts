import type { Actor } from '../domain/actor.ts'
import type { Post } from '../domain/post.ts'
import { comingSlots } from '../domain/queue.ts'
import { wrongState } from '../domain/refusal.ts'
import { upcomingInSlots } from '../storage/queues.ts'
import type { Context } from './context.ts'
import { requireQueue } from './queue-access.ts'

/** How far ahead a free slot is looked for. */
const weeksAhead = 26
/** Waiting posts looked at: more than a half-hourly queue holds in that time. */
const waitingMax = 10_000

/**
 * When a post would go out by a queue: the first coming slot that serves one of the post's targets and holds no other
 * post yet. Refused while the queue is switched off, serves none of them, or is full for half a year.
 */
export async function nextFreeSlot(
  ctx: Context,
  actor: Actor,
  { queueId, post }: { queueId: string; post: Post },
): Promise<{ at: Date; timezone: string }> {
  const now = ctx.clock.now()
  const queue = await requireQueue(ctx.db, actor, queueId, null)
  if (!queue.isActive) throw wrongState(`The schedule "${queue.name}" is switched off.`, 'queue_inactive')
  const serves = queue.slots.filter(({ targets }) =>
    post.deliveries.some(
      ({ network, accountId }) => targets.includes(network) || targets.includes(accountId),
    ),
  )
  if (serves.length === 0)
    throw wrongState(
      `The schedule "${queue.name}" has no slot for the platforms of this post.`,
      'queue_without_slot',
    )
  const waiting = await upcomingInSlots(ctx.db, queue, now, waitingMax)
  const taken = new Set(
    waiting
      .filter(({ postId }) => postId !== post.id)
      .map(({ slotId, dueAt }) => `${slotId} ${dueAt.getTime()}`),
  )
  const free = comingSlots(serves, queue.timezone, now, weeksAhead).find(
    ({ slot, at }) => !taken.has(`${slot.id} ${at.getTime()}`),
  )
  if (!free)
    throw wrongState(`The schedule "${queue.name}" is full for the next ${weeksAhead} weeks.`, 'queue_full')
  return { at: free.at, timezone: queue.timezone }
}

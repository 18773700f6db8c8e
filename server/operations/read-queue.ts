import type { Actor } from '../domain/actor.ts'
import { comingSlots } from '../domain/queue.ts'
import { type PostInSlot, publishedInSlots, type Queue, upcomingInSlots } from '../storage/queues.ts'
import type { Context } from './context.ts'
import { requireQueue } from './queue-access.ts'

export interface QueueDetail {
  queue: Queue
  upcoming: PostInSlot[]
  totalPublished: number
  publishedThisWeek: number
  /** The next moment of any slot; null while the queue is switched off. */
  nextSlotAt: Date | null
}

/** Coming posts shown at most. */
const upcomingMax = 50

/** One queue with the posts that wait in its slots and how many went out (C19). */
export async function readQueue(ctx: Context, actor: Actor, { id }: { id: string }): Promise<QueueDetail> {
  const now = ctx.clock.now()
  const queue = await requireQueue(ctx.db, actor, id, null)
  const { total, thisWeek } = await publishedInSlots(ctx.db, queue, now)
  const [next] = queue.isActive ? comingSlots(queue.slots, queue.timezone, now, 1) : []
  return {
    queue,
    upcoming: await upcomingInSlots(ctx.db, queue, now, upcomingMax),
    totalPublished: total,
    publishedThisWeek: thisWeek,
    nextSlotAt: next?.at ?? null,
  }
}

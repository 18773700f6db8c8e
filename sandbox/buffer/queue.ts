import type { World } from '../simulator.ts'
import { isWaiting } from './post-state.ts'
import { type Post, tables } from './state.ts'

/** Hours of every day, in UTC, at which queued posts go out. */
const slotHours = [9, 13, 17]
const dayMs = 86_400_000
const hourMs = 3_600_000

export const postingSchedule = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => ({
  day,
  times: slotHours.map((hour) => `${String(hour).padStart(2, '0')}:00`),
  paused: false,
}))

/** The first slot of the channel that no other post has. */
export function nextSlot(world: World, channelId: string, post: { id: string; account: string }): string {
  const taken = new Set(queueOf(world, channelId, post).map(({ dueAt }) => dueAt))
  for (const slot of slotsAfter(world.now())) if (!taken.has(slot)) return slot
  throw new Error('slots have no end')
}

/** Frees the channel's next slot by moving its queue back by one, each post to the next one's place. */
export function slotAtTheFront(
  world: World,
  channelId: string,
  post: { id: string; account: string },
): string {
  const { posts } = tables(world)
  const slots = slotsAfter(world.now())
  const first = slots.next().value as string
  for (const queued of queueOf(world, channelId, post).filter(isQueued)) {
    const dueAt = slots.next().value as string
    posts.put(queued.id, { ...queued, ...timesFrom(world, dueAt) })
  }
  return first
}

/** A post's time, and when the network will have it. */
export const timesFrom = (world: World, dueAt: string) => ({
  dueAt,
  sentAt: new Date(Date.parse(dueAt) + world.processingMs()).toISOString(),
})

const queueOf = (world: World, channelId: string, post: { id: string; account: string }): Post[] =>
  tables(world)
    .posts.all()
    .filter((one) => one.account === post.account && one.channelId === channelId && one.id !== post.id)
    .filter((one) => isWaiting(world, one))
    .sort((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1))

const isQueued = ({ shareMode }: Post) => shareMode === 'addToQueue' || shareMode === 'shareNext'

/** Without end: take as many as there are posts, and one. */
function* slotsAfter(now: Date): Generator<string, never> {
  for (let day = Math.floor(now.getTime() / dayMs) * dayMs; ; day += dayMs)
    for (const hour of slotHours) {
      const slot = day + hour * hourMs
      if (slot > now.getTime()) yield new Date(slot).toISOString()
    }
}

import type { World } from '../simulator.ts'
import type { Post } from './state.ts'

export type PostStatus = 'draft' | 'scheduled' | 'sending' | 'sent' | 'error'

/** What the clock has made of a post: nothing runs, so nothing is lost to a kill. */
export function statusOf(world: World, post: Post): PostStatus {
  if (post.isDraft) return 'draft'
  const now = world.now().toISOString()
  if (post.dueAt === null || post.dueAt > now) return 'scheduled'
  if (post.sentAt === null || post.sentAt > now) return 'sending'
  return post.failure === null ? 'sent' : 'error'
}

export const isWaiting = (world: World, post: Post) => statusOf(world, post) === 'scheduled'

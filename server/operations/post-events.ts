import type { Post } from '../domain/post.ts'
import type { NewEvent } from '../storage/events.ts'
import type { LogEntry } from '../storage/publish-log.ts'
import type { Context } from './context.ts'

/** Something that happened to a post, with the facts that every reader of post events finds (BR12). */
export function postEvent(
  ctx: Context,
  post: Pick<Post, 'id' | 'workspaceId' | 'brandId'>,
  type: string,
  data: Record<string, unknown> = {},
): NewEvent {
  return {
    id: ctx.newId(),
    workspaceId: post.workspaceId,
    type,
    resourceType: 'post',
    resourceId: post.id,
    data: { postId: post.id, brandId: post.brandId, ...data },
  }
}

/** A line of the post's log. @param deliveryId null when it is about the whole post. */
export const logEntry = (
  ctx: Context,
  post: Pick<Post, 'id' | 'workspaceId'>,
  deliveryId: string | null,
  action: string,
  message: string,
  detail: Record<string, unknown> = {},
): LogEntry => ({
  id: ctx.newId(),
  workspaceId: post.workspaceId,
  postId: post.id,
  deliveryId,
  action,
  message,
  detail,
  createdAt: ctx.clock.now(),
})

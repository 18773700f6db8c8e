import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import type { Post } from '../../domain/post.ts'
import { notFound } from '../../domain/refusal.ts'
import type { Context } from '../../operations/context.ts'
import { readPost } from '../../operations/read-post.ts'
import { workspaceOf } from './authenticate.ts'
import { maybeInstant } from './envelope.ts'
import { type idParams, pathId } from './ids.ts'

/** The post of a path, which must be in the workspace of the header. */
export async function postOf(
  ctx: Context,
  request: FastifyRequest<{ Params: Static<typeof idParams> }>,
): Promise<Post> {
  const workspaceId = workspaceOf(request)
  const post = await readPost(ctx, request.actor, { postId: pathId('post', request.params.id) })
  if (post.workspaceId !== workspaceId) throw notFound('Post', request.params.id)
  return post
}

/** When it is to go out; a draft without a time has none. */
export const scheduledAt = (post: Post) =>
  post.deliveries.some(({ dueAt }) => dueAt) ? maybeInstant(post.dueAt) : null

import type { Actor } from '../domain/actor.ts'
import { forbidden, invalidAt } from '../domain/refusal.ts'
import { workspaceIdsOfMember } from '../storage/members.ts'
import type { Context } from './context.ts'

/** The caller's workspace, where the request may leave it out: the only one. Members of several must say which. */
export async function onlyWorkspace(ctx: Context, actor: Actor): Promise<string> {
  const ids = await workspacesOf(ctx, actor)
  if (ids.length > 1)
    throw invalidAt(
      'workspaceId',
      'You are a member of several workspaces. Say which one.',
      'workspace_required',
    )
  const [id] = ids
  if (!id) throw forbidden('You are a member of no workspace')
  return id
}

async function workspacesOf(ctx: Context, actor: Actor): Promise<string[]> {
  switch (actor.kind) {
    case 'user':
      return workspaceIdsOfMember(ctx.db, actor.userId)
    case 'api_key':
      return actor.workspaceIds ?? []
    case 'gateway':
      return [actor.workspaceId]
    case 'engine':
      return []
  }
}

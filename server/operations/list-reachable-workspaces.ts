import type { ApiKeyActor } from '../domain/actor.ts'
import { listCountedWorkspaces } from '../storage/workspace-figures.ts'
import type { Context } from './context.ts'

/** The workspaces that an API key reaches, with what is in them; pages are counted from 1. */
export async function listReachableWorkspaces(
  ctx: Context,
  actor: ApiKeyActor,
  { page, limit }: { page: number; limit: number },
) {
  return listCountedWorkspaces(ctx.db, actor.workspaceIds, { offset: (page - 1) * limit, limit })
}

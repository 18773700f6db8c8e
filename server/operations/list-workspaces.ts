import type { UserActor } from '../domain/actor.ts'
import { listWorkspacesOf, type Workspace } from '../storage/workspaces.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'

/** The workspaces the caller is a member of, oldest first. */
export async function listWorkspaces(
  ctx: Context,
  actor: UserActor,
  request: PageRequest,
): Promise<Page<Workspace>> {
  return await readPage(
    ctx,
    request,
    ['workspaces', actor.userId],
    (after, limit) => listWorkspacesOf(ctx.db, actor.userId, { after, limit }),
    (workspace) => [workspace.id],
  )
}

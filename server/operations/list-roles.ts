import type { Actor } from '../domain/actor.ts'
import { type Role, listRoles as readRoles } from '../storage/roles.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'

export async function listRoles(
  ctx: Context,
  actor: Actor,
  { workspaceId, ...request }: PageRequest & { workspaceId: string },
): Promise<Page<Role>> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  return await readPage(
    ctx,
    request,
    ['roles', workspaceId],
    (after, limit) => readRoles(ctx.db, workspaceId, { after, limit }),
    (role) => [role.id],
  )
}

import type { Actor } from '../domain/actor.ts'
import { listTeam as readTeam, type TeamPerson, teamKeysOf } from '../storage/members.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'

/** Members first, then open invitations. */
export async function listTeam(
  ctx: Context,
  actor: Actor,
  { workspaceId, ...request }: PageRequest & { workspaceId: string },
): Promise<Page<TeamPerson>> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  const now = ctx.clock.now()
  return await readPage(
    ctx,
    request,
    ['team', workspaceId],
    (after, limit) => readTeam(ctx.db, workspaceId, { after, limit, now }),
    teamKeysOf,
  )
}

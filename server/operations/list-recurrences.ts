import type { Actor } from '../domain/actor.ts'
import { listRecurrences as listStored, type Recurrence } from '../storage/recurrences.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'
import { requireRecurrence } from './recurrence-access.ts'

/** The recurrences of a workspace, oldest first. Members may read. */
export async function listRecurrences(
  ctx: Context,
  actor: Actor,
  input: PageRequest & { workspaceId: string },
): Promise<Page<Recurrence>> {
  await requireAccess(ctx.db, actor, input.workspaceId, null)
  return readPage(
    ctx,
    input,
    ['recurrences', input.workspaceId],
    (after, limit) => listStored(ctx.db, input.workspaceId, { limit, afterId: after?.[0] ?? null }),
    (recurrence) => [recurrence.id],
  )
}

/** One of them. */
export const readRecurrence = (ctx: Context, actor: Actor, { id }: { id: string }): Promise<Recurrence> =>
  requireRecurrence(ctx.db, actor, id, null)

import type { Actor } from '../domain/actor.ts'
import { type EventFilter, type RecordedEvent, listEvents as readEvents } from '../storage/list-events.ts'
import { findWorkspace } from '../storage/workspaces.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'

/** What happened in a workspace, newest first: the same stream that webhooks and live updates read. */
export async function listEvents(
  ctx: Context,
  actor: Actor,
  input: PageRequest & Omit<EventFilter, 'timezone'> & { workspaceId: string },
): Promise<Page<RecordedEvent>> {
  const { workspaceId, limit, cursor, ...wanted } = input
  await requireAccess(ctx.db, actor, workspaceId, 'workspace.settings')
  const workspace = await findWorkspace(ctx.db, workspaceId)
  const filter = { ...wanted, timezone: workspace?.timezone ?? 'UTC' }
  const { type, userId, resourceType, resourceId, from, to } = filter
  return await readPage(
    ctx,
    { limit, cursor },
    ['events', workspaceId, type, userId, resourceType, resourceId, from, to],
    (after, most) => readEvents(ctx.db, workspaceId, filter, { after, limit: most }),
    (event) => [event.id],
  )
}

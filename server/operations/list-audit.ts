import type { Actor } from '../domain/actor.ts'
import { type AuditFilter, listInstanceEvents } from '../storage/instance-audit.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** What happened on the whole instance, newest first (C43). Administrators only; pages are counted from 1. */
export async function listAudit(
  ctx: Context,
  actor: Actor,
  { page, limit, ...filter }: AuditFilter & { page: number; limit: number },
) {
  await requireInstance(ctx.db, actor, null)
  return listInstanceEvents(ctx.db, filter, { offset: (page - 1) * limit, limit })
}

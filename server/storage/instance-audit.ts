import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'

export interface AuditFilter {
  userId?: string
  type?: string
  from?: Date
  to?: Date
}

export interface AuditedEvent {
  id: string
  type: string
  actorId: string | null
  userEmail: string | null
  resourceType: string
  resourceId: string
  data: Record<string, unknown>
  ip: string | null
  userAgent: string | null
  createdAt: Date
}

/** Events of the whole instance, newest first, by page. Uses events' primary key, whose ids sort by time. */
export async function listInstanceEvents(
  tx: Db,
  filter: AuditFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ events: AuditedEvent[]; total: number }> {
  const wanted = conditions(filter)
  const { rows } = await sql<AuditedEvent>`
    select events.id, events.type, events.actor_id, users.email as user_email, events.resource_type, events.resource_id,
           events.data, events.ip, events.user_agent, events.created_at
    from events left join users on events.actor_kind = 'user' and users.id::text = events.actor_id
    where ${wanted} order by events.id desc limit ${limit} offset ${offset}`.execute(tx)
  const counted = await sql<{ total: number }>`select count(*) as total from events where ${wanted}`.execute(
    tx,
  )
  return { events: rows, total: counted.rows[0]?.total ?? 0 }
}

function conditions({ userId, type, from, to }: AuditFilter): RawBuilder<unknown> {
  const all = [sql`true`]
  if (userId) all.push(sql`events.actor_kind = 'user' and events.actor_id = ${userId}`)
  if (type) all.push(sql`events.type = ${type}`)
  if (from) all.push(sql`events.created_at >= ${from}`)
  if (to) all.push(sql`events.created_at < ${to}`)
  return sql.join(all, sql` and `)
}

import { sql } from 'kysely'
import type { Db } from './database.ts'

export interface RecordedEvent {
  id: string
  type: string
  actorKind: string
  actorId: string | null
  resourceType: string
  resourceId: string
  data: Record<string, unknown>
  ip: string | null
  userAgent: string | null
  requestId: string | null
  createdAt: Date
}

export interface EventFilter {
  type?: string
  userId?: string
  resourceType?: string
  resourceId?: string
  /** An instant, or a day (YYYY-MM-DD) that is meant whole, in `timezone`. Both ends are included. */
  from?: string
  to?: string
  timezone: string
}

/** The newest first. Uses events_workspace, or events_workspace_type with a type. */
export async function listEvents(
  tx: Db,
  workspaceId: string,
  filter: EventFilter,
  { after, limit }: { after: string[] | null; limit: number },
): Promise<RecordedEvent[]> {
  const rows = await tx
    .selectFrom('events')
    .select([
      'id',
      'type',
      'actorKind',
      'actorId',
      'resourceType',
      'resourceId',
      'data',
      'ip',
      'userAgent',
      'requestId',
      'createdAt',
    ])
    .where('workspaceId', '=', workspaceId)
    .$if(after !== null, (query) => query.where('id', '<', after?.[0] ?? ''))
    .$if(filter.type !== undefined, (query) => query.where('type', '=', filter.type ?? ''))
    .$if(filter.resourceType !== undefined, (query) =>
      query.where('resourceType', '=', filter.resourceType ?? ''),
    )
    .$if(filter.resourceId !== undefined, (query) => query.where('resourceId', '=', filter.resourceId ?? ''))
    .$if(filter.userId !== undefined, (query) =>
      query.where('actorKind', '=', 'user').where('actorId', '=', filter.userId ?? ''),
    )
    .$if(filter.from !== undefined, (query) =>
      query.where('createdAt', '>=', startOf(filter.from ?? '', filter.timezone)),
    )
    .$if(filter.to !== undefined, (query) =>
      isDay(filter.to)
        ? query.where('createdAt', '<', startOf(filter.to ?? '', filter.timezone, 1))
        : query.where('createdAt', '<=', startOf(filter.to ?? '', filter.timezone)),
    )
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows as RecordedEvent[]
}

const isDay = (bound = '') => /^\d{4}-\d\d-\d\d$/.test(bound)

const startOf = (bound: string, timezone: string, daysLater = 0) =>
  isDay(bound)
    ? sql<Date>`(${bound}::date + ${daysLater}::integer)::timestamp at time zone ${timezone}`
    : sql<Date>`${bound}::timestamptz`

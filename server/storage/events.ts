import { sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'
import type { Db } from './database.ts'
import { json } from './json.ts'
import { queueWebhooks } from './webhooks.ts'

/** Something that happened, named `resource.verb`. The audit log, webhooks and live updates all read this stream. */
export interface NewEvent {
  id: string
  workspaceId: string | null
  type: string
  resourceType: string
  resourceId: string
  /** Facts a reader needs, before/after where it helps. Never a secret. */
  data?: Record<string, unknown>
}

/** Records events, and queues their webhooks, in the transaction of the change they tell of. */
export async function recordEvents(tx: Db, actor: Actor, at: Date, events: NewEvent[]): Promise<void> {
  if (events.length === 0) return
  // One statement text for any number of events, so that it is planned once per connection.
  await sql`
    insert into events (id, workspace_id, type, resource_type, resource_id, data,
                        actor_kind, actor_id, ip, user_agent, request_id, created_at)
    select id, "workspaceId", type, "resourceType", "resourceId", coalesce(data, '{}'),
           ${actor.kind}, ${actorId(actor)}, ${actor.ip ?? null}, ${actor.userAgent ?? null}, ${actor.requestId}, ${at}
    from json_to_recordset(${json(events)}::json) as given (
      id uuid, "workspaceId" uuid, type text, "resourceType" text, "resourceId" text, data jsonb)`.execute(tx)
  await queueWebhooks(
    tx,
    events.map((event) => event.id),
    at,
  )
}

function actorId(actor: Actor): string | null {
  switch (actor.kind) {
    case 'user':
      return actor.userId
    case 'api_key':
      return actor.apiKeyId
    case 'gateway':
      return actor.externalUserId
    case 'engine':
      return null
  }
}

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
  await tx
    .insertInto('events')
    .values(
      events.map(({ data = {}, ...event }) => ({
        ...event,
        data: json(data),
        actorKind: actor.kind,
        actorId: actorId(actor),
        ip: actor.ip ?? null,
        userAgent: actor.userAgent ?? null,
        requestId: actor.requestId,
        createdAt: at,
      })),
    )
    .execute()
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

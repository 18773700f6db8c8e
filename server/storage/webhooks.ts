import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { WebhookDialect } from '../domain/webhook-event.ts'
import { addChores } from './chores.ts'
import type { Db } from './database.ts'
import type { WebhookDeliveries, WebhookEndpoints } from './schema.ts'
import { uuidV7At } from './uuid-v7.ts'

export type WebhookEndpoint = Selectable<WebhookEndpoints> & { dialect: WebhookDialect }
export type WebhookDelivery = Selectable<WebhookDeliveries>

export const deliverWebhookTask = 'deliver_webhook'

// ---------------------------------------------------------------- endpoints

export async function insertWebhookEndpoint(
  tx: Db,
  endpoint: Pick<
    WebhookEndpoint,
    'id' | 'workspaceId' | 'dialect' | 'url' | 'events' | 'secret' | 'createdBy'
  >,
  now: Date,
): Promise<WebhookEndpoint> {
  return (await tx
    .insertInto('webhookEndpoints')
    .values({ ...endpoint, createdAt: now, updatedAt: now })
    .returningAll()
    .executeTakeFirstOrThrow()) as WebhookEndpoint
}

export async function findWebhookEndpoint(tx: Db, id: string): Promise<WebhookEndpoint | undefined> {
  return (await tx.selectFrom('webhookEndpoints').selectAll().where('id', '=', id).executeTakeFirst()) as
    | WebhookEndpoint
    | undefined
}

/** All endpoints of a workspace, oldest first; bounded by `webhookEndpointsMax`. Index webhook_endpoints_workspace. */
export async function listWebhookEndpoints(tx: Db, workspaceId: string): Promise<WebhookEndpoint[]> {
  return (await tx
    .selectFrom('webhookEndpoints')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .orderBy('id')
    .execute()) as WebhookEndpoint[]
}

export type CountedWebhook = WebhookEndpoint & { total: number; delivered: number; failed: number }

/** Endpoints of the whole instance, oldest first, with their deliveries by outcome. */
export async function listInstanceWebhooks(tx: Db): Promise<CountedWebhook[]> {
  const { rows } = await sql<CountedWebhook>`
    select endpoints.*, total, delivered, failed
    from webhook_endpoints as endpoints cross join lateral (
      select count(*) as total,
             count(*) filter (where state = 'delivered') as delivered,
             count(*) filter (where state = 'failed') as failed
      from webhook_deliveries where endpoint_id = endpoints.id
    ) as counted
    where endpoints.workspace_id is null order by endpoints.id`.execute(tx)
  return rows
}

export async function updateWebhookEndpoint(
  tx: Db,
  id: string,
  change: Partial<
    Pick<
      WebhookEndpoint,
      | 'url'
      | 'events'
      | 'secret'
      | 'previousSecret'
      | 'previousSecretUntil'
      | 'isActive'
      | 'disabledReason'
      | 'failingSince'
    >
  >,
  now: Date,
): Promise<WebhookEndpoint> {
  return (await tx
    .updateTable('webhookEndpoints')
    .set({ ...change, updatedAt: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()) as WebhookEndpoint
}

export async function deleteWebhookEndpoint(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('webhookEndpoints').where('id', '=', id).execute()
}

// ---------------------------------------------------------------- the outbox

/**
 * Queues every event for the endpoints that asked for it; called where events are recorded, in their transaction.
 * Costs one indexed look when nobody listens.
 */
export async function queueWebhooks(tx: Db, eventIds: string[], now: Date): Promise<void> {
  const { rows } = await sql<{ id: string; endpointId: string }>`
    insert into webhook_deliveries
      (id, workspace_id, endpoint_id, event_id, state, next_try_at, created_at, updated_at)
    select ${uuidV7At(now)}, events.workspace_id, endpoints.id, events.id, 'queued', ${now}, ${now}, ${now}
    from events
    join webhook_endpoints as endpoints
      on (endpoints.workspace_id = events.workspace_id or endpoints.workspace_id is null)
     and endpoints.is_active and events.type = any (endpoints.events)
    where events.id = any (${eventIds}::uuid[])
    order by events.position
    returning id, endpoint_id`.execute(tx)
  await addChores(
    tx,
    rows.map((row) => sendChore(row.id, row.endpointId)),
  )
}

/** One send, to one endpoint, of one event that exists; for test sends and replays. */
export async function queueWebhook(
  tx: Db,
  delivery: { id: string; workspaceId: string | null; endpointId: string; eventId: string },
  now: Date,
): Promise<WebhookDelivery> {
  const row = await tx
    .insertInto('webhookDeliveries')
    .values({ ...delivery, state: 'queued', nextTryAt: now, createdAt: now, updatedAt: now })
    .returningAll()
    .executeTakeFirstOrThrow()
  await addChores(tx, [sendChore(row.id, row.endpointId)])
  return row
}

/**
 * Queues again what an endpoint should have had since an instant, in the order it happened. @returns how many, and when
 * the last of them happened.
 */
export async function queueWebhooksSince(
  tx: Db,
  endpoint: WebhookEndpoint,
  since: Date,
  countMax: number,
  now: Date,
): Promise<{ queued: number; lastAt: Date | null }> {
  const { rows } = await sql<{ id: string; endpointId: string; eventId: string }>`
    insert into webhook_deliveries
      (id, workspace_id, endpoint_id, event_id, state, next_try_at, created_at, updated_at)
    select ${uuidV7At(now)}, picked.workspace_id, ${endpoint.id}, picked.id, 'queued', ${now}, ${now}, ${now}
    from (
      select id, workspace_id, position from events
      where (workspace_id = ${endpoint.workspaceId} or ${endpoint.workspaceId}::uuid is null)
        and type = any (${endpoint.events}::text[]) and created_at >= ${since}
      order by position limit ${countMax}
    ) as picked
    order by picked.position
    returning id, endpoint_id, event_id`.execute(tx)
  await addChores(
    tx,
    rows.map((row) => sendChore(row.id, row.endpointId)),
  )
  const last = await tx
    .selectFrom('events')
    .select('createdAt')
    .where('id', '=', rows.at(-1)?.eventId ?? endpoint.id)
    .executeTakeFirst()
  return { queued: rows.length, lastAt: last?.createdAt ?? null }
}

/** Sends taken up again at once; more wait for their replay. */
const resumedMax = 1000

/**
 * What was queued when the endpoint was switched off goes out now that it is on again, oldest first: its chores came and
 * went meanwhile. Index webhook_deliveries_endpoint.
 */
export async function resumeWebhooks(tx: Db, endpointId: string, now: Date): Promise<void> {
  const waiting = await tx
    .updateTable('webhookDeliveries')
    .set({ nextTryAt: now, updatedAt: now })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('webhookDeliveries')
        .select('id')
        .where('endpointId', '=', endpointId)
        .where('state', '=', 'queued')
        .orderBy('id')
        .limit(resumedMax),
    )
    .returning('id')
    .execute()
  const ids = waiting.map(({ id }) => id).sort()
  await addChores(
    tx,
    ids.map((id) => sendChore(id, endpointId)),
  )
}

/** Sends of one endpoint run one after the other; a send plans its own next try. */
export const sendChore = (deliveryId: string, endpointId: string, runAt?: Date) => ({
  task: deliverWebhookTask,
  payload: { deliveryId },
  key: `webhook:${deliveryId}`,
  queue: `webhook:${endpointId}`,
  triesMax: 5,
  runAt,
})

// ---------------------------------------------------------------- sending

export interface WebhookToSend {
  delivery: WebhookDelivery
  endpoint: WebhookEndpoint
  event: {
    id: string
    type: string
    workspaceId: string | null
    createdAt: Date
    data: Record<string, unknown>
  }
}

export async function findWebhookToSend(tx: Db, deliveryId: string): Promise<WebhookToSend | undefined> {
  const delivery = await tx
    .selectFrom('webhookDeliveries')
    .selectAll()
    .where('id', '=', deliveryId)
    .executeTakeFirst()
  if (!delivery) return undefined
  const endpoint = await findWebhookEndpoint(tx, delivery.endpointId)
  const event = await tx
    .selectFrom('events')
    .select(['id', 'type', 'workspaceId', 'createdAt', 'data'])
    .where('id', '=', delivery.eventId)
    .executeTakeFirst()
  if (!endpoint || !event) return undefined
  return { delivery, endpoint, event: { ...event, data: event.data as Record<string, unknown> } }
}

export interface WebhookAnswer {
  responseStatus: number | null
  responseExcerpt: string | null
  error: string | null
  durationMs: number
}

export async function recordWebhookTry(
  tx: Db,
  deliveryId: string,
  result: WebhookAnswer & { state: WebhookDelivery['state']; nextTryAt: Date | null },
  now: Date,
): Promise<void> {
  await tx
    .updateTable('webhookDeliveries')
    .set((eb) => ({ ...result, tries: eb('tries', '+', 1), updatedAt: now }))
    .where('id', '=', deliveryId)
    .execute()
}

export async function touchWebhookEndpoint(
  tx: Db,
  id: string,
  { failed, now }: { failed: boolean; now: Date },
): Promise<void> {
  await tx
    .updateTable('webhookEndpoints')
    .set((eb) => ({
      lastTriggeredAt: now,
      failingSince: failed ? eb.fn.coalesce('failingSince', eb.val(now)) : null,
    }))
    .where('id', '=', id)
    .execute()
}

/** Newest first, before the cursor's id. Index webhook_deliveries_endpoint. */
export async function listWebhookDeliveries(
  tx: Db,
  endpointId: string,
  { limit, before, state }: { limit: number; before?: string; state?: WebhookDelivery['state'] },
) {
  let query = tx
    .selectFrom('webhookDeliveries')
    .innerJoin('events', 'events.id', 'webhookDeliveries.eventId')
    .selectAll('webhookDeliveries')
    .select(['events.type as eventType', 'events.createdAt as eventAt'])
    .where('endpointId', '=', endpointId)
    .orderBy('webhookDeliveries.id', 'desc')
    .limit(limit)
  if (before) query = query.where('webhookDeliveries.id', '<', before)
  if (state) query = query.where('webhookDeliveries.state', '=', state)
  return query.execute()
}

import { sql } from 'kysely'
import type { Slot } from '../domain/queue.ts'
import type { Db } from './database.ts'

export interface Queue {
  id: string
  workspaceId: string
  brandId: string
  name: string
  description: string | null
  timezone: string
  isActive: boolean
  createdAt: Date
  updatedAt: Date
  slots: (Slot & { id: string })[]
}

const columns = [
  'id',
  'workspaceId',
  'brandId',
  'name',
  'description',
  'timezone',
  'isActive',
  'createdAt',
  'updatedAt',
] as const

export async function insertQueue(
  tx: Db,
  queue: Pick<Queue, 'id' | 'workspaceId' | 'brandId' | 'name' | 'description' | 'timezone'>,
  now: Date,
): Promise<void> {
  await tx
    .insertInto('queues')
    .values({ ...queue, createdAt: now, updatedAt: now })
    .execute()
}

/** All slots at once: what was there goes. */
export async function replaceSlots(
  tx: Db,
  queue: { id: string; workspaceId: string },
  slots: (Slot & { id: string })[],
): Promise<void> {
  await tx.deleteFrom('queueSlots').where('queueId', '=', queue.id).execute()
  await tx
    .insertInto('queueSlots')
    .values(
      slots.map(({ id, weekday, time, targets }, position) => ({
        id,
        workspaceId: queue.workspaceId,
        queueId: queue.id,
        weekday,
        localTime: time,
        targets,
        position,
      })),
    )
    .execute()
}

export async function findQueue(tx: Db, id: string): Promise<Queue | null> {
  const row = await tx.selectFrom('queues').select(columns).where('id', '=', id).executeTakeFirst()
  return row ? { ...row, slots: (await slotsOf(tx, [id])).get(id) ?? [] } : null
}

/** The queues of a workspace, oldest first. Index queues_workspace. */
export async function listQueues(tx: Db, workspaceId: string): Promise<Queue[]> {
  const rows = await tx
    .selectFrom('queues')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .orderBy('id')
    .execute()
  const slots = await slotsOf(
    tx,
    rows.map((row) => row.id),
  )
  return rows.map((row) => ({ ...row, slots: slots.get(row.id) ?? [] }))
}

async function slotsOf(tx: Db, queueIds: string[]): Promise<Map<string, Queue['slots']>> {
  const byQueue = new Map<string, Queue['slots']>()
  if (queueIds.length === 0) return byQueue
  const rows = await tx
    .selectFrom('queueSlots')
    .select(['id', 'queueId', 'weekday', 'localTime', 'targets'])
    .where('queueId', 'in', queueIds)
    .orderBy('queueId')
    .orderBy('position')
    .execute()
  for (const { queueId, localTime, ...slot } of rows)
    byQueue.set(queueId, [...(byQueue.get(queueId) ?? []), { ...slot, time: localTime.slice(0, 5) }])
  return byQueue
}

export async function updateQueue(
  tx: Db,
  id: string,
  change: Partial<Pick<Queue, 'name' | 'description' | 'timezone' | 'isActive'>>,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('queues')
    .set({ ...change, updatedAt: now })
    .where('id', '=', id)
    .execute()
}

export async function deleteQueue(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('queues').where('id', '=', id).execute()
}

export interface PostInSlot {
  postId: string
  slotId: string
  dueAt: Date
  networks: string[]
}

/**
 * A post falls into a slot when it goes out at the slot's time to one of the slot's targets, whoever scheduled it and
 * by whichever dialect; nothing is stored, so nothing can disagree. Index posts_calendar.
 */
const inSlot = (queue: Pick<Queue, 'id' | 'timezone'>) => sql`
  join queue_slots as slots on slots.queue_id = ${queue.id}
   and slots.weekday = extract(isodow from posts.due_at at time zone ${queue.timezone})
   and slots.local_time = date_trunc('minute', posts.due_at at time zone ${queue.timezone})::time
   and exists (select from deliveries where post_id = posts.id
     and (network = any (slots.targets) or account_id::text = any (slots.targets)))`

/** Posts that wait in a queue's slots, soonest first. */
export async function upcomingInSlots(tx: Db, queue: Queue, now: Date, limit: number): Promise<PostInSlot[]> {
  const { rows } = await sql<PostInSlot>`
    select posts.id as post_id, slots.id as slot_id, posts.due_at,
           array(select distinct network from deliveries where post_id = posts.id order by network) as networks
    from posts ${inSlot(queue)}
    where posts.workspace_id = ${queue.workspaceId} and posts.due_at > ${now} and posts.status in ('scheduled', 'publishing')
    order by posts.due_at, posts.id limit ${limit}`.execute(tx)
  return rows
}

/** Posts that went out in a queue's slots, in all and since Monday in its zone. */
export async function publishedInSlots(
  tx: Db,
  queue: Queue,
  now: Date,
): Promise<{ total: number; thisWeek: number }> {
  const { rows } = await sql<{ total: number; thisWeek: number }>`
    select count(distinct posts.id) as total,
           count(distinct posts.id) filter (
             where posts.due_at >= date_trunc('week', ${now}::timestamptz, ${queue.timezone})) as this_week
    from posts ${inSlot(queue)}
    where posts.workspace_id = ${queue.workspaceId} and posts.due_at <= ${now}
      and posts.status in ('published', 'partially_failed')`.execute(tx)
  return rows[0] as { total: number; thisWeek: number }
}

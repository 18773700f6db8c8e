import { type Selectable, sql } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'
import type { Recurrences } from './schema.ts'

/** A pattern in time that makes posts. `template` is what each of them says. */
export type Recurrence = Omit<Selectable<Recurrences>, 'template'> & { template: Record<string, unknown> }

export interface RecurrenceFields {
  name: string
  cron: string
  timezone: string
  template: Record<string, unknown>
  targetAccountIds: string[]
  autoSchedule: boolean
  endsAt: Date | null
  runsLeft: number | null
}

export async function insertRecurrence(
  tx: Db,
  row: RecurrenceFields & {
    id: string
    workspaceId: string
    brandId: string
    createdBy: string | null
    nextRunAt: Date | null
  },
  now: Date,
): Promise<Recurrence> {
  const { template, ...plain } = row
  return (await tx
    .insertInto('recurrences')
    .values({ ...plain, template: json(template), status: 'active', createdAt: now, updatedAt: now })
    .returningAll()
    .executeTakeFirstOrThrow()) as Recurrence
}

export async function findRecurrence(tx: Db, id: string): Promise<Recurrence | null> {
  const row = await tx.selectFrom('recurrences').selectAll().where('id', '=', id).executeTakeFirst()
  return (row as Recurrence | undefined) ?? null
}

export async function lockRecurrence(tx: Db, id: string): Promise<Recurrence | null> {
  const row = await tx
    .selectFrom('recurrences')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return (row as Recurrence | undefined) ?? null
}

/** A page, oldest first. Index recurrences_workspace. */
export async function listRecurrences(
  tx: Db,
  workspaceId: string,
  page: { limit: number; afterId: string | null },
): Promise<Recurrence[]> {
  let query = tx.selectFrom('recurrences').selectAll().where('workspaceId', '=', workspaceId)
  if (page.afterId) query = query.where('id', '>', page.afterId)
  return (await query.orderBy('id').limit(page.limit).execute()) as Recurrence[]
}

export async function updateRecurrence(
  tx: Db,
  id: string,
  { template, ...change }: Partial<Omit<Recurrence, 'id' | 'workspaceId' | 'brandId'>>,
  now: Date,
): Promise<Recurrence> {
  return (await tx
    .updateTable('recurrences')
    .set({ ...change, ...(template && { template: json(template) }), updatedAt: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()) as Recurrence
}

/** The posts it made stay. */
export async function deleteRecurrence(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('recurrences').where('id', '=', id).execute()
}

/** Whether the post of this occurrence was made. Index posts_recurrence_once. */
export async function occurrenceExists(tx: Db, recurrenceId: string, at: Date): Promise<boolean> {
  const { rows } = await sql`
    select 1 from posts where recurrence_id = ${recurrenceId} and occurrence_at = ${at}`.execute(tx)
  return rows.length > 0
}

/** A post that is deleted before its time does not come back when its recurrence is changed or resumed. */
export async function leaveOccurrenceOut(tx: Db, postId: string, now: Date): Promise<void> {
  await sql`
    update recurrences set skipped = array_append(skipped, occurrence_at)
    from posts
    where posts.id = ${postId} and recurrences.id = posts.recurrence_id and occurrence_at > ${now}`.execute(
    tx,
  )
}

/** Active ones whose next occurrence comes before an instant. Index recurrences_due. */
export async function recurrencesDue(tx: Db, before: Date, limit: number): Promise<string[]> {
  const rows = await tx
    .selectFrom('recurrences')
    .select('id')
    .where('status', '=', 'active')
    .where('nextRunAt', '<=', before)
    .orderBy('nextRunAt')
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

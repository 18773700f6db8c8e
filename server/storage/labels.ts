import type { Db } from './database.ts'

export interface Label {
  id: string
  workspaceId: string
  name: string
  color: string | null
}

const columns = ['id', 'workspaceId', 'name', 'color'] as const

/** False when the workspace has one of this name already (compared without regard to case). Uses labels_name. */
export async function insertLabel(tx: Db, label: Label, now: Date): Promise<boolean> {
  const row = await tx
    .insertInto('labels')
    .values({ ...label, createdAt: now, updatedAt: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function findLabel(tx: Db, workspaceId: string, id: string): Promise<Label | null> {
  const row = await tx
    .selectFrom('labels')
    .select(columns)
    .where('id', '=', id)
    .where('workspaceId', '=', workspaceId)
    .executeTakeFirst()
  return row ?? null
}

export async function labelNamed(tx: Db, workspaceId: string, name: string): Promise<Label | null> {
  const row = await tx
    .selectFrom('labels')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where((eb) => eb(eb.fn('lower', ['name']), '=', name.toLowerCase()))
    .executeTakeFirst()
  return row ?? null
}

/** By name. Uses labels_name. */
export async function listLabels(tx: Db, workspaceId: string, limit: number): Promise<Label[]> {
  return await tx
    .selectFrom('labels')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .orderBy((eb) => eb.fn('lower', ['name']))
    .limit(limit)
    .execute()
}

export async function updateLabel(
  tx: Db,
  id: string,
  change: { name?: string; color?: string | null },
  now: Date,
): Promise<Label> {
  return await tx
    .updateTable('labels')
    .set({ ...change, updatedAt: now })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Goes from every post, too. */
export async function deleteLabel(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('labels').where('id', '=', id).execute()
}

import { sql } from 'kysely'
import type { Db } from './database.ts'

/** The rows that dialect A knows by an integer. */
const tables = {
  account: 'accounts',
  post: 'posts',
  campaign: 'campaigns',
  analytics: 'post_metrics',
  bufferConfig: 'buffer_configs',
} as const
export type Numbered = keyof typeof tables

/** Which row has this number, and whose it is. Each table's `number` is unique. */
export async function findByNumber(
  tx: Db,
  kind: Numbered,
  number: number,
): Promise<{ id: string; workspaceId: string } | undefined> {
  const { rows } = await sql<{ id: string; workspaceId: string }>`
    select id, workspace_id from ${sql.table(tables[kind])} where number = ${number}`.execute(tx)
  return rows[0]
}

/** The numbers of rows, by id. */
export async function numbersOf(tx: Db, kind: Numbered, ids: string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; number: number }>`
    select id, number from ${sql.table(tables[kind])} where id = any (${ids}::uuid[])`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.number]))
}

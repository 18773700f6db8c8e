import { sql } from 'kysely'
import type { Db } from './database.ts'
import type { Workspace } from './workspaces.ts'

export type CountedWorkspace = Pick<Workspace, 'id' | 'name' | 'description' | 'createdAt' | 'updatedAt'> & {
  accounts: number
  posts: number
  members: number
}

/** A page of workspaces with what is in them, oldest first. @param ids null: all of the instance. */
export async function listCountedWorkspaces(
  tx: Db,
  ids: string[] | null,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ workspaces: CountedWorkspace[]; total: number }> {
  const { rows } = await sql<CountedWorkspace>`
    select id, name, description, created_at, updated_at,
           (select count(*) from accounts
             where workspace_id = workspaces.id and state not in ('disconnected', 'choosing')) as accounts,
           (select count(*) from posts where workspace_id = workspaces.id) as posts,
           (select count(*) from members where workspace_id = workspaces.id) as members
    from workspaces where ${ids}::uuid[] is null or id = any (${ids}::uuid[])
    order by id limit ${limit} offset ${offset}`.execute(tx)
  const counted = await sql<{ total: number }>`
    select count(*) as total from workspaces where ${ids}::uuid[] is null or id = any (${ids}::uuid[])`.execute(
    tx,
  )
  return { workspaces: rows, total: counted.rows[0]?.total ?? 0 }
}

export interface WorkspaceFigures {
  accounts: { id: string; network: string; name: string; connectedAt: Date }[]
  totalPosts: number
  /** Waiting or on their way. */
  scheduledPosts: number
  /** Published, or in part. */
  publishedPosts: number
}

export async function workspaceFigures(tx: Db, workspaceId: string): Promise<WorkspaceFigures> {
  const accounts = await tx
    .selectFrom('accounts')
    .select(['id', 'network', 'name', 'connectedAt'])
    .where('workspaceId', '=', workspaceId)
    .where('state', 'not in', ['disconnected', 'choosing'])
    .orderBy('id')
    .execute()
  const { rows } = await sql<Omit<WorkspaceFigures, 'accounts'>>`
    select count(*) as total_posts,
           count(*) filter (where status in ('scheduled', 'publishing')) as scheduled_posts,
           count(*) filter (where status in ('published', 'partially_failed')) as published_posts
    from posts where workspace_id = ${workspaceId}`.execute(tx)
  return { accounts, ...(rows[0] as Omit<WorkspaceFigures, 'accounts'>) }
}

/** Whether something of the workspace is on its way to a network right now. */
export async function isPublishing(tx: Db, workspaceId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('workspaceId', '=', workspaceId)
    .where('state', '=', 'publishing')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Everything in it goes with it, for good. */
export async function deleteWorkspaceRow(tx: Db, workspaceId: string): Promise<void> {
  await tx.deleteFrom('workspaces').where('id', '=', workspaceId).execute()
}

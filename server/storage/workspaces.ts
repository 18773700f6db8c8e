import type { Db } from './database.ts'

export interface Workspace {
  id: string
  name: string
  description: string | null
  mode: 'live' | 'sandbox'
  timezone: string
  approvals: 'off' | 'required'
  allowSelfApproval: boolean
  /** How late a post may still go out after its due time. */
  latenessHours: number
  defaultHashtags: string[]
  createdAt: Date
  updatedAt: Date
}

export const workspaceColumns = [
  'workspaces.id',
  'workspaces.name',
  'workspaces.description',
  'workspaces.mode',
  'workspaces.timezone',
  'workspaces.approvals',
  'workspaces.allowSelfApproval',
  'workspaces.latenessHours',
  'workspaces.defaultHashtags',
  'workspaces.createdAt',
  'workspaces.updatedAt',
] as const

export type NewWorkspace = Pick<Workspace, 'id' | 'name' | 'mode'> &
  Partial<Omit<Workspace, 'id' | 'name' | 'mode' | 'createdAt' | 'updatedAt'>>

export async function insertWorkspace(tx: Db, workspace: NewWorkspace, now: Date): Promise<Workspace> {
  return await tx
    .insertInto('workspaces')
    .values({ ...workspace, createdAt: now, updatedAt: now })
    .returning(workspaceColumns)
    .executeTakeFirstOrThrow()
}

/** Which of these ids are no workspace's. */
export async function missingWorkspaces(tx: Db, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx.selectFrom('workspaces').select('id').where('id', 'in', ids).execute()
  const found = new Set(rows.map((row) => row.id))
  return ids.filter((id) => !found.has(id))
}

export async function findWorkspace(tx: Db, workspaceId: string): Promise<Workspace | null> {
  const row = await tx
    .selectFrom('workspaces')
    .select(workspaceColumns)
    .where('id', '=', workspaceId)
    .executeTakeFirst()
  return row ?? null
}

/**
 * Holds the workspace's row to the end of the transaction. Changes that must agree with each other across rows
 * (who is the last owner, which brand is the default) take it first, so they happen one after the other.
 */
export async function lockWorkspace(tx: Db, workspaceId: string): Promise<Workspace | null> {
  const row = await tx
    .selectFrom('workspaces')
    .select(workspaceColumns)
    .where('id', '=', workspaceId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row ?? null
}

export type WorkspaceChange = Partial<Omit<Workspace, 'id' | 'mode' | 'createdAt' | 'updatedAt'>>

export async function updateWorkspace(
  tx: Db,
  workspaceId: string,
  change: WorkspaceChange,
  now: Date,
): Promise<Workspace> {
  return await tx
    .updateTable('workspaces')
    .set({ ...change, updatedAt: now })
    .where('id', '=', workspaceId)
    .returning(workspaceColumns)
    .executeTakeFirstOrThrow()
}

/** The workspaces a user is a member of, oldest first. Uses members_user. */
export async function listWorkspacesOf(
  tx: Db,
  userId: string,
  { after, limit }: { after: string[] | null; limit: number },
): Promise<Workspace[]> {
  return await tx
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspaceId')
    .select(workspaceColumns)
    .where('members.userId', '=', userId)
    .$if(after !== null, (query) => query.where('workspaces.id', '>', after?.[0] ?? ''))
    .orderBy('workspaces.id')
    .limit(limit)
    .execute()
}

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

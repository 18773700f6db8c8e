import type { Db } from './database.ts'
import type { ApprovalMode, WorkspaceMode } from './schema.ts'

/** What a workspace says about every post in it. */
export interface PostRules {
  workspaceId: string
  mode: WorkspaceMode
  timezone: string
  approvals: ApprovalMode
  allowSelfApproval: boolean
}

const columns = [
  'workspaces.id as workspaceId',
  'workspaces.mode',
  'workspaces.timezone',
  'workspaces.approvals',
  'workspaces.allowSelfApproval',
] as const

/** The rules of the workspace a brand belongs to; null when there is no such brand. */
export async function rulesOfBrand(tx: Db, brandId: string): Promise<PostRules | null> {
  const row = await tx
    .selectFrom('brands')
    .innerJoin('workspaces', 'workspaces.id', 'brands.workspaceId')
    .select(columns)
    .where('brands.id', '=', brandId)
    .executeTakeFirst()
  return row ?? null
}

export async function rulesOfWorkspace(tx: Db, workspaceId: string): Promise<PostRules> {
  return tx
    .selectFrom('workspaces')
    .select(columns)
    .where('workspaces.id', '=', workspaceId)
    .executeTakeFirstOrThrow()
}

import type { Permission } from '../domain/permission.ts'
import type { Db } from './database.ts'

export interface Role {
  id: string
  name: string
  permissions: Permission[]
  /** Made with the workspace; cannot be changed or deleted. */
  isSystem: boolean
}

export async function insertRole(tx: Db, workspaceId: string, role: Role, now: Date): Promise<void> {
  await tx
    .insertInto('roles')
    .values({ ...role, workspaceId, createdAt: now, updatedAt: now })
    .execute()
}

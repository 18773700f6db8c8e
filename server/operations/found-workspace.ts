import { systemRoles } from '../domain/permission.ts'
import { insertBrand } from '../storage/brands.ts'
import type { Db } from '../storage/database.ts'
import { insertMember } from '../storage/members.ts'
import { insertRole } from '../storage/roles.ts'
import { insertWorkspace, type NewWorkspace, type Workspace } from '../storage/workspaces.ts'
import type { Context } from './context.ts'

/**
 * Everything a workspace is born with: the system roles, its founder as Owner, and a default brand of the same name.
 * `ownerId` is null for a workspace made by a program.
 */
export async function foundWorkspace(
  ctx: Context,
  tx: Db,
  workspace: Omit<NewWorkspace, 'id'>,
  ownerId: string | null,
): Promise<Workspace> {
  const now = ctx.clock.now()
  const founded = await insertWorkspace(tx, { ...workspace, id: ctx.newId() }, now)
  const workspaceId = founded.id
  for (const role of systemRoles) {
    const roleId = ctx.newId()
    await insertRole(tx, workspaceId, { ...role, id: roleId, isSystem: true }, now)
    if (ownerId && role.name === 'Owner')
      await insertMember(tx, { workspaceId, userId: ownerId, roleId }, now)
  }
  await insertBrand(
    tx,
    { id: ctx.newId(), workspaceId, name: workspace.name, description: null, isDefault: true },
    now,
  )
  return founded
}

/** A workspace with one member and its default brand, written straight into the tables. */
import type { UserActor } from '../server/domain/actor.ts'
import { allPermissions, type Permission } from '../server/domain/permission.ts'
import type { Context } from '../server/operations/context.ts'

export interface Tenant {
  workspaceId: string
  brandId: string
  userId: string
  /** The member, with the permissions asked for. */
  actor: UserActor
}

export async function testTenant(
  ctx: Pick<Context, 'db' | 'newId' | 'clock'>,
  {
    permissions = allPermissions,
    mode = 'live',
  }: { permissions?: Permission[]; mode?: 'live' | 'sandbox' } = {},
): Promise<Tenant> {
  const [workspaceId, brandId, userId, roleId] = [ctx.newId(), ctx.newId(), ctx.newId(), ctx.newId()]
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  await ctx.db.transaction().execute(async (tx) => {
    await tx
      .insertInto('users')
      .values({ id: userId, email: `${userId}@example.com`, name: 'Ada', ...at })
      .execute()
    await tx
      .insertInto('workspaces')
      .values({ id: workspaceId, name: 'Acme', mode, ...at })
      .execute()
    await tx
      .insertInto('roles')
      .values({ id: roleId, workspaceId, name: 'Tester', permissions, ...at })
      .execute()
    await tx.insertInto('members').values({ workspaceId, userId, roleId, joinedAt: at.createdAt }).execute()
    await tx
      .insertInto('brands')
      .values({ id: brandId, workspaceId, name: 'Acme', isDefault: true, ...at })
      .execute()
  })
  const actor: UserActor = {
    kind: 'user',
    userId,
    sessionId: ctx.newId(),
    isInstanceAdmin: false,
    dialect: 'mypost',
    requestId: 'req_test',
  }
  return { workspaceId, brandId, userId, actor }
}

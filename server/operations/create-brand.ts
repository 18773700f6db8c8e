import type { Actor } from '../domain/actor.ts'
import { type Brand, insertBrand } from '../storage/brands.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

export async function createBrand(
  ctx: Context,
  actor: Actor,
  input: { workspaceId: string; name: string; description?: string | null },
): Promise<Brand> {
  const { workspaceId, name, description = null } = input
  return await transaction(ctx.db, async (tx) => {
    await requireAccess(tx, actor, workspaceId, 'brands.create')
    const now = ctx.clock.now()
    const brand = await insertBrand(
      tx,
      { id: ctx.newId(), workspaceId, name, description, isDefault: false },
      now,
    )
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId,
        type: 'brand.created',
        resourceType: 'brand',
        resourceId: brand.id,
        data: { name },
      },
    ])
    return brand
  })
}

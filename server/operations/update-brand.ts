import type { Actor } from '../domain/actor.ts'
import { invalidAt } from '../domain/refusal.ts'
import { type Brand, findBrand, makeDefaultBrand, updateBrand as storeChange } from '../storage/brands.ts'
import { recordEvents } from '../storage/events.ts'
import { transaction } from '../storage/transaction.ts'
import { lockWorkspace } from '../storage/workspaces.ts'
import { requireFound } from './access.ts'
import { changesOf } from './changes.ts'
import type { Context } from './context.ts'

/** `isDefault: true` makes it the brand that dialects without brands work in; there is always exactly one. */
export async function updateBrand(
  ctx: Context,
  actor: Actor,
  input: { brandId: string; name?: string; description?: string | null; isDefault?: boolean },
): Promise<Brand> {
  const { brandId, name, description, isDefault } = input
  return await transaction(ctx.db, async (tx) => {
    const seen = await requireFound(
      tx,
      actor,
      await findBrand(tx, brandId),
      ['Brand', brandId],
      'brands.edit',
    )
    await lockWorkspace(tx, seen.workspaceId)
    const before = (await findBrand(tx, brandId)) ?? seen
    if (before.isDefault && isDefault === false)
      throw invalidAt('isDefault', 'Make another brand the default instead; one must be', 'default_brand')
    const changes = changesOf(before, { name, description, isDefault })
    if (!changes) return before
    const now = ctx.clock.now()
    if (isDefault && !before.isDefault) await makeDefaultBrand(tx, before, now)
    const after = await storeChange(tx, brandId, { name, description }, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: after.workspaceId,
        type: 'brand.updated',
        resourceType: 'brand',
        resourceId: brandId,
        data: { changes },
      },
    ])
    return after
  })
}

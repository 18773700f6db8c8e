import type { Actor } from '../domain/actor.ts'
import { findDefaultBrand } from '../storage/brands.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'

/** The brand that a dialect without brands creates in (answers 1.8); every workspace has one. */
export async function defaultBrandId(ctx: Context, actor: Actor, workspaceId: string): Promise<string> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  const brand = await findDefaultBrand(ctx.db, workspaceId)
  if (!brand) throw new Error(`Workspace ${workspaceId} has no default brand`)
  return brand.id
}

import type { Actor } from '../domain/actor.ts'
import { type Brand, findBrand } from '../storage/brands.ts'
import { requireFound } from './access.ts'
import type { Context } from './context.ts'

export async function readBrand(ctx: Context, actor: Actor, brandId: string): Promise<Brand> {
  return await requireFound(ctx.db, actor, await findBrand(ctx.db, brandId), ['Brand', brandId], null)
}

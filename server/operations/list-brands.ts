import type { Actor } from '../domain/actor.ts'
import { type Brand, listBrands as readBrands } from '../storage/brands.ts'
import { requireAccess } from './access.ts'
import type { Context } from './context.ts'
import { type Page, type PageRequest, readPage } from './page.ts'

/** Oldest first, so the brand the workspace was born with leads. */
export async function listBrands(
  ctx: Context,
  actor: Actor,
  { workspaceId, ...request }: PageRequest & { workspaceId: string },
): Promise<Page<Brand>> {
  await requireAccess(ctx.db, actor, workspaceId, null)
  return await readPage(
    ctx,
    request,
    ['brands', workspaceId],
    (after, limit) => readBrands(ctx.db, workspaceId, { after, limit }),
    (brand) => [brand.id],
  )
}

import type { Db } from './database.ts'

/** A brand with what its workspace decides for it. */
export interface Place {
  brandId: string
  brandName: string
  /** What was published in it stays; nothing new begins there. */
  brandDeleted: boolean
  workspaceId: string
  workspaceMode: 'live' | 'sandbox'
}

/** By primary keys. */
export async function placeOfBrand(tx: Db, brandId: string): Promise<Place | null> {
  const row = await tx
    .selectFrom('brands')
    .innerJoin('workspaces', 'workspaces.id', 'brands.workspaceId')
    .select([
      'brands.id as brandId',
      'brands.name as brandName',
      'brands.deletedAt',
      'workspaces.id as workspaceId',
      'workspaces.mode as workspaceMode',
    ])
    .where('brands.id', '=', brandId)
    .executeTakeFirst()
  if (!row) return null
  const { deletedAt, ...place } = row
  return { ...place, brandDeleted: deletedAt !== null }
}

export async function workspaceMode(tx: Db, workspaceId: string): Promise<'live' | 'sandbox'> {
  const { mode } = await tx
    .selectFrom('workspaces')
    .select('mode')
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  return mode
}

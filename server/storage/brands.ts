import type { Db } from './database.ts'

export interface Brand {
  id: string
  workspaceId: string
  name: string
  description: string | null
  /** The brand that dialects without brands work in. */
  isDefault: boolean
  createdAt: Date
  updatedAt: Date
}

const columns = ['id', 'workspaceId', 'name', 'description', 'isDefault', 'createdAt', 'updatedAt'] as const

export async function insertBrand(
  tx: Db,
  brand: Pick<Brand, 'id' | 'workspaceId' | 'name' | 'description' | 'isDefault'>,
  now: Date,
): Promise<Brand> {
  return await tx
    .insertInto('brands')
    .values({ ...brand, createdAt: now, updatedAt: now })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** A brand that was not deleted. */
export async function findBrand(tx: Db, brandId: string): Promise<Brand | null> {
  const row = await tx
    .selectFrom('brands')
    .select(columns)
    .where('id', '=', brandId)
    .where('deletedAt', 'is', null)
    .executeTakeFirst()
  return row ?? null
}

/** Uses brands_one_default. */
export async function findDefaultBrand(tx: Db, workspaceId: string): Promise<Brand | null> {
  const row = await tx
    .selectFrom('brands')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('isDefault', '=', true)
    .executeTakeFirst()
  return row ?? null
}

/** The oldest first. Uses brands_workspace. */
export async function listBrands(
  tx: Db,
  workspaceId: string,
  { after, limit }: { after: string[] | null; limit: number },
): Promise<Brand[]> {
  return await tx
    .selectFrom('brands')
    .select(columns)
    .where('workspaceId', '=', workspaceId)
    .where('deletedAt', 'is', null)
    .$if(after !== null, (query) => query.where('id', '>', after?.[0] ?? ''))
    .orderBy('id')
    .limit(limit)
    .execute()
}

export async function updateBrand(
  tx: Db,
  brandId: string,
  change: { name?: string; description?: string | null },
  now: Date,
): Promise<Brand> {
  return await tx
    .updateTable('brands')
    .set({ ...change, updatedAt: now })
    .where('id', '=', brandId)
    .returning(columns)
    .executeTakeFirstOrThrow()
}

/** Makes another brand the default; the two statements keep brands_one_default satisfied in between. */
export async function makeDefaultBrand(tx: Db, brand: Brand, now: Date): Promise<void> {
  await tx
    .updateTable('brands')
    .set({ isDefault: false, updatedAt: now })
    .where('workspaceId', '=', brand.workspaceId)
    .where('isDefault', '=', true)
    .execute()
  await tx.updateTable('brands').set({ isDefault: true, updatedAt: now }).where('id', '=', brand.id).execute()
}

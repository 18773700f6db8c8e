import type { Db } from './database.ts'

export interface Brand {
  id: string
  workspaceId: string
  name: string
  description: string | null
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

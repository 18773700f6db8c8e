import type { Db } from '../storage/database.ts'
import { type Place, placeOfBrand } from '../storage/places.ts'

/** The brand of a row that was already checked; a missing one is a broken database, not a caller's mistake. */
export async function requirePlace(tx: Db, brandId: string): Promise<Place> {
  const place = await placeOfBrand(tx, brandId)
  if (!place) throw new Error(`Brand ${brandId} is gone while something still belongs to it`)
  return place
}

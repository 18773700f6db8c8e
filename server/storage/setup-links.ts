import type { Db } from './database.ts'

export async function insertSetupLink(
  tx: Db,
  link: { tokenHash: Buffer; expiresAt: Date },
  now: Date,
): Promise<void> {
  await tx
    .insertInto('setupLinks')
    .values({ ...link, createdAt: now })
    .execute()
}

/** Marks an unused, unexpired link as used; false when there is none. */
export async function useSetupLink(tx: Db, tokenHash: Buffer, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('setupLinks')
    .set({ usedAt: now })
    .where('tokenHash', '=', tokenHash)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

import type { Db } from './database.ts'
import { json } from './json.ts'

const key = 'secret_key_proof'

/** A known text sealed with the key in use, in base64; null before the first start. */
export async function readSecretKeyProof(tx: Db): Promise<string | null> {
  const row = await tx
    .selectFrom('instanceSettings')
    .select('value')
    .where('key', '=', key)
    .executeTakeFirst()
  return typeof row?.value === 'string' ? row.value : null
}

export async function keepSecretKeyProof(tx: Db, sealed: string, now: Date): Promise<void> {
  await tx
    .insertInto('instanceSettings')
    .values({ key, value: json(sealed), updatedAt: now })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: json(sealed), updatedAt: now }))
    .execute()
}

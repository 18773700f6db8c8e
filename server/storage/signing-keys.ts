import { sql } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'

export interface SigningKey {
  id: string
  /** Sealed PKCS#8, vault context `signing-key:<id>`. */
  privateKey: Buffer
}

/** The key that signs: the newest that is not retired. */
export async function currentSigningKey(tx: Db): Promise<SigningKey | null> {
  const row = await tx
    .selectFrom('signingKeys')
    .select(['id', 'privateKey'])
    .where('retiredAt', 'is', null)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

/** Held to the end of the transaction, so that two processes starting together make one key, not two. */
export async function lockSigningKeys(tx: Db): Promise<void> {
  await sql`lock table signing_keys in share row exclusive mode`.execute(tx)
}

export async function insertSigningKey(
  tx: Db,
  key: SigningKey & { publicJwk: unknown },
  now: Date,
): Promise<void> {
  await tx
    .insertInto('signingKeys')
    .values({ ...key, publicJwk: json(key.publicJwk), createdAt: now })
    .execute()
}

/** Every key a token of ours may be signed with, newest first. */
export async function publicSigningKeys(tx: Db): Promise<unknown[]> {
  const rows = await tx
    .selectFrom('signingKeys')
    .select('publicJwk')
    .where('retiredAt', 'is', null)
    .orderBy('createdAt', 'desc')
    .execute()
  return rows.map((row) => row.publicJwk)
}

import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Db } from './database.ts'
import { json } from './json.ts'
import type { OauthStates } from './schema.ts'

/** A consent under way. `secret` is sealed `{codeVerifier, appId}`; the state itself is kept only as its hash. */
export type OAuthState = Selectable<OauthStates>

export type NewOAuthState = Omit<OAuthState, 'stateHash' | 'usedAt' | 'settings'> & {
  state: string
  settings: Record<string, unknown>
}

export async function insertOAuthState(tx: Db, { state, settings, ...row }: NewOAuthState): Promise<void> {
  await tx
    .insertInto('oauthStates')
    .values({ ...row, stateHash: hashOf(state), settings: json(settings) })
    .execute()
}

/** By primary key, whatever its age and use. */
export async function oauthState(tx: Db, state: string): Promise<OAuthState | null> {
  const row = await tx
    .selectFrom('oauthStates')
    .selectAll()
    .where('stateHash', '=', hashOf(state))
    .executeTakeFirst()
  return row ?? null
}

/** Uses the state up. Of several who present it at the same time one gets true. */
export async function spendOAuthState(tx: Db, state: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('oauthStates')
    .set({ usedAt: now })
    .where('stateHash', '=', hashOf(state))
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** States that ran out before `before`; they are kept a while so that a late consent gets a clear answer. */
export async function deleteOldOAuthStates(tx: Db, before: Date): Promise<void> {
  await tx.deleteFrom('oauthStates').where('expiresAt', '<', before).execute()
}

const hashOf = (state: string) => createHash('sha256').update(state).digest()

import { sql } from 'kysely'
import type { Db } from './database.ts'

export interface User {
  id: string
  email: string
  name: string
  isInstanceAdmin: boolean
  isActive: boolean
}

const shown = ['id', 'email', 'name', 'isInstanceAdmin', 'isActive'] as const

export async function insertUser(
  tx: Db,
  user: { id: string; email: string; name: string; passwordHash: string | null; isInstanceAdmin: boolean },
  now: Date,
): Promise<User> {
  return await tx
    .insertInto('users')
    .values({ ...user, createdAt: now, updatedAt: now })
    .returning(shown)
    .executeTakeFirstOrThrow()
}

/** Uses users_email. E-mail addresses are compared without regard to case. */
export async function findUserByEmail(
  tx: Db,
  email: string,
): Promise<(User & { passwordHash: string | null }) | null> {
  const row = await tx
    .selectFrom('users')
    .select([...shown, 'passwordHash'])
    .where((eb) => eb(eb.fn('lower', ['email']), '=', email.toLowerCase()))
    .executeTakeFirst()
  return row ?? null
}

export async function findUser(tx: Db, userId: string): Promise<User | null> {
  const row = await tx.selectFrom('users').select(shown).where('id', '=', userId).executeTakeFirst()
  return row ?? null
}

export async function anyUserExists(tx: Db): Promise<boolean> {
  return (await tx.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Held to the end of the transaction: "there is no user yet" stays true while the first one is made. */
export async function lockUsers(tx: Db): Promise<void> {
  await sql`lock table users in share row exclusive mode`.execute(tx)
}

export async function noteLogin(tx: Db, userId: string, now: Date): Promise<void> {
  await tx.updateTable('users').set({ lastLoginAt: now }).where('id', '=', userId).execute()
}

/** What a user who is no administrator may do to the whole instance. */
export async function instancePermissionsOf(tx: Db, userId: string): Promise<string[]> {
  const row = await tx.selectFrom('users').select('permissions').where('id', '=', userId).executeTakeFirst()
  return row?.permissions ?? []
}

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

/** A user as the administration of the instance sees them. */
export interface InstanceUser extends User {
  permissions: string[]
  lastLoginAt: Date | null
  createdAt: Date
}

const administered = [...shown, 'permissions', 'lastLoginAt', 'createdAt'] as const

export async function listInstanceUsers(tx: Db): Promise<InstanceUser[]> {
  return await tx.selectFrom('users').select(administered).orderBy('id').execute()
}

export async function findInstanceUser(tx: Db, userId: string): Promise<InstanceUser | null> {
  const row = await tx.selectFrom('users').select(administered).where('id', '=', userId).executeTakeFirst()
  return row ?? null
}

export async function updateUser(
  tx: Db,
  userId: string,
  change: Partial<Pick<InstanceUser, 'name' | 'isInstanceAdmin' | 'isActive' | 'permissions'>>,
  now: Date,
): Promise<InstanceUser> {
  return await tx
    .updateTable('users')
    .set({ ...change, updatedAt: now })
    .where('id', '=', userId)
    .returning(administered)
    .executeTakeFirstOrThrow()
}

/** Memberships and sessions go with the user; what they wrote stays, without its author. */
export async function deleteUserRow(tx: Db, userId: string): Promise<void> {
  await tx.deleteFrom('users').where('id', '=', userId).execute()
}

export async function activeAdminCount(tx: Db): Promise<number> {
  const { count } = await tx
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('isInstanceAdmin', '=', true)
    .where('isActive', '=', true)
    .executeTakeFirstOrThrow()
  return count
}

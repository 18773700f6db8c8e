import type { Actor } from '../domain/actor.ts'
import { forbidden, notFound, Refusal } from '../domain/refusal.ts'
import type { Db } from '../storage/database.ts'
import { activeAdminCount, findInstanceUser, type InstanceUser, lockUsers } from '../storage/users.ts'
import { requireInstance } from './instance-access.ts'

/**
 * The user an administrator is about to change. The users table is locked, so that two requests cannot each remove one
 * of the last two administrators.
 */
export async function requireChangeable(tx: Db, actor: Actor, id: string): Promise<InstanceUser> {
  const by = await requireInstance(tx, actor, 'users.manage')
  await lockUsers(tx)
  const user = await findInstanceUser(tx, id)
  if (!user) throw notFound('User', id)
  if (user.isInstanceAdmin && !by.isInstanceAdmin)
    throw forbidden('Only an administrator can change an administrator')
  return user
}

/** Called after the change: an instance without an administrator could never be administered again. */
export async function requireAnAdmin(tx: Db) {
  if ((await activeAdminCount(tx)) === 0)
    throw new Refusal('conflict', 'This is the last active administrator. Make another one first.', {
      rule: 'last_admin',
    })
}

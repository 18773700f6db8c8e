import type { Actor } from '../domain/actor.ts'
import { type InstanceUser, listInstanceUsers } from '../storage/users.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** Everyone with a login on this instance, oldest first. */
export async function listUsers(ctx: Context, actor: Actor): Promise<InstanceUser[]> {
  await requireInstance(ctx.db, actor, 'users.manage')
  return listInstanceUsers(ctx.db)
}

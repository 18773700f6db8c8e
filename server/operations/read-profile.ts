import type { Actor } from '../domain/actor.ts'
import { forbidden, notFound } from '../domain/refusal.ts'
import { findInstanceUser, type InstanceUser } from '../storage/users.ts'
import type { Context } from './context.ts'
import { instancePermissions } from './instance-access.ts'

/** The caller's own row (C30), with what they may do to the instance: an administrator, everything. */
export async function readProfile(ctx: Context, actor: Actor): Promise<InstanceUser> {
  if (actor.kind !== 'user') throw forbidden('Only a person has a profile')
  const user = await findInstanceUser(ctx.db, actor.userId)
  if (!user) throw notFound('User', actor.userId)
  return { ...user, permissions: user.isInstanceAdmin ? [...instancePermissions] : user.permissions }
}

import type { UserActor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { type Membership, membershipsOf } from '../storage/members.ts'
import { findUser, type User } from '../storage/users.ts'
import type { Context } from './context.ts'

export interface Me {
  user: User
  memberships: Membership[]
}

/** Who the caller is, and what they may do where. */
export async function readMe(ctx: Context, actor: UserActor): Promise<Me> {
  const user = await findUser(ctx.db, actor.userId)
  if (!user) throw notFound('User', actor.userId)
  return { user, memberships: await membershipsOf(ctx.db, actor.userId) }
}

import type { Actor } from '../domain/actor.ts'
import { forbidden, type Issue, invalid, Refusal } from '../domain/refusal.ts'
import { hashPassword } from '../net/password.ts'
import { recordEvents } from '../storage/events.ts'
import { findUserByEmail, type InstanceUser, insertUser, updateUser } from '../storage/users.ts'
import type { Context } from './context.ts'
import { instancePermissions, isInstancePermission, requireInstance } from './instance-access.ts'
import { requireGoodPassword } from './password-rules.ts'

export type InstanceRole = 'admin' | 'editor'

/**
 * Makes a login on the instance (C32). An `admin` administers the whole instance; an `editor` is in no workspace until
 * invited to one or making one (answers 1.14). Only an administrator makes another, or gives what they lack.
 */
export async function createUser(
  ctx: Context,
  actor: Actor,
  input: { email: string; name: string; password: string; role: InstanceRole; permissions: string[] },
): Promise<InstanceUser> {
  const now = ctx.clock.now()
  await requireInstance(ctx.db, actor, 'users.manage')
  requireGoodPassword(input.password)
  requireKnown(input.permissions)
  const passwordHash = await hashPassword(input.password)
  return ctx.db.transaction().execute(async (tx) => {
    const by = await requireInstance(tx, actor, 'users.manage')
    if (input.role === 'admin' && !by.isInstanceAdmin)
      throw forbidden('Only an administrator can make another administrator')
    for (const permission of input.permissions.filter(isInstancePermission))
      await requireInstance(tx, actor, permission)
    if (await findUserByEmail(tx, input.email))
      throw new Refusal('conflict', `There is a user with the address ${input.email} already`, {
        rule: 'email_taken',
      })
    const { id } = await insertUser(
      tx,
      {
        id: ctx.newId(),
        email: input.email,
        name: input.name,
        passwordHash,
        isInstanceAdmin: input.role === 'admin',
      },
      now,
    )
    const user = await updateUser(tx, id, { permissions: input.permissions }, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'user.created',
        resourceType: 'user',
        resourceId: id,
        data: { email: input.email, role: input.role, permissions: input.permissions },
      },
    ])
    return user
  })
}

function requireKnown(permissions: string[]) {
  const issues: Issue[] = permissions
    .filter((name) => !isInstancePermission(name))
    .map((name) => ({
      path: 'permissions',
      rule: 'permission',
      message: `${name} is not a permission of users. Known: ${instancePermissions.join(', ')}.`,
    }))
  if (issues.length > 0) throw invalid(issues)
}

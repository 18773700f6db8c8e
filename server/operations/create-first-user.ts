import { type Origin, theEngine } from '../domain/actor.ts'
import { invalidAt, Refusal } from '../domain/refusal.ts'
import { hashPassword } from '../net/password.ts'
import { hashToken } from '../net/token.ts'
import type { Db } from '../storage/database.ts'
import { recordEvents } from '../storage/events.ts'
import { insertSetupLink, useSetupLink } from '../storage/setup-links.ts'
import { anyUserExists, insertUser, lockUsers, type User } from '../storage/users.ts'
import type { Context } from './context.ts'
import { foundWorkspace } from './found-workspace.ts'
import { requireGoodPassword } from './password-rules.ts'

export interface NewUser {
  email: string
  name: string
  password: string
}

/**
 * The instance's first user, from FANFARE_ADMIN_EMAIL and FANFARE_ADMIN_PASSWORD: instance administrator, and owner of
 * a first workspace. Does nothing (null) when there is a user already, so it may run at every start.
 */
export async function createFirstUser(ctx: Context, input: NewUser): Promise<User | null> {
  requireGoodPassword(input.password)
  const passwordHash = await hashPassword(input.password)
  return await ctx.db.transaction().execute(async (tx) => {
    await lockUsers(tx)
    if (await anyUserExists(tx)) return null
    return await makeFirstUser(ctx, tx, { ...input, passwordHash }, theEngine)
  })
}

/** How long the link on the console works. A later start prints a new one. */
const setupLinkMs = 24 * 3_600_000

/**
 * A one-time link for making the first user in a browser; null when there is a user already.
 * The link opens the web app at `/setup`, which calls POST /api/v1/auth/setup with the token.
 */
export async function createSetupLink(ctx: Context): Promise<{ url: string; token: string } | null> {
  if (await anyUserExists(ctx.db)) return null
  const token = ctx.randomBytes(32).toString('base64url')
  const now = ctx.clock.now()
  await insertSetupLink(
    ctx.db,
    { tokenHash: hashToken(token), expiresAt: new Date(now.getTime() + setupLinkMs) },
    now,
  )
  return { url: `${ctx.settings.publicUrl}/setup?token=${token}`, token }
}

/** Whether there is a user, so that the set-up link has done its work. */
export const isSetUp = (ctx: Context): Promise<boolean> => anyUserExists(ctx.db)

/** Answers the set-up link. Refused once a user exists, whatever the token. */
export async function setUp(ctx: Context, origin: Origin, input: NewUser & { token: string }): Promise<User> {
  requireGoodPassword(input.password)
  const passwordHash = await hashPassword(input.password)
  return await ctx.db.transaction().execute(async (tx) => {
    await lockUsers(tx)
    if (await anyUserExists(tx))
      throw new Refusal('forbidden', 'This server is set up already. Log in instead.', {
        rule: 'already_set_up',
      })
    if (!(await useSetupLink(tx, hashToken(input.token), ctx.clock.now())))
      throw invalidAt(
        'token',
        'This set-up link is unknown or has expired. Restart the server to get a new one.',
        'setup_token',
      )
    return await makeFirstUser(ctx, tx, { ...input, passwordHash }, { ...theEngine, ...origin })
  })
}

async function makeFirstUser(
  ctx: Context,
  tx: Db,
  input: { email: string; name: string; passwordHash: string },
  actor: typeof theEngine,
): Promise<User> {
  const now = ctx.clock.now()
  const { email, name, passwordHash } = input
  const user = await insertUser(
    tx,
    { id: ctx.newId(), email, name, passwordHash, isInstanceAdmin: true },
    now,
  )
  const workspace = await foundWorkspace(
    ctx,
    tx,
    { name: 'My workspace', mode: ctx.settings.firstWorkspaceMode },
    user.id,
  )
  await recordEvents(tx, actor, now, [
    {
      id: ctx.newId(),
      workspaceId: null,
      type: 'user.created',
      resourceType: 'user',
      resourceId: user.id,
      data: { email, isInstanceAdmin: true },
    },
    {
      id: ctx.newId(),
      workspaceId: workspace.id,
      type: 'workspace.created',
      resourceType: 'workspace',
      resourceId: workspace.id,
      data: { name: workspace.name, mode: workspace.mode },
    },
  ])
  return user
}

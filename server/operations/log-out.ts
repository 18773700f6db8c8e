import type { UserActor } from '../domain/actor.ts'
import { recordEvents } from '../storage/events.ts'
import { endSession } from '../storage/sessions.ts'
import { transaction } from '../storage/transaction.ts'
import type { Context } from './context.ts'

/** Ends the caller's session: its access tokens and its refresh tokens are refused from now on. */
export async function logOut(ctx: Context, actor: UserActor): Promise<void> {
  const { userId, sessionId } = actor
  await transaction(ctx.db, async (tx) => {
    const now = ctx.clock.now()
    if (!(await endSession(tx, sessionId, now))) return
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'session.ended',
        resourceType: 'session',
        resourceId: sessionId,
        data: { userId },
      },
    ])
  })
}

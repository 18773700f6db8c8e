import type { Actor } from '../domain/actor.ts'
import { notFound } from '../domain/refusal.ts'
import { findApiKey, updateApiKey } from '../storage/api-keys.ts'
import { recordEvents } from '../storage/events.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** Ends a key, and the one it replaced, at once. It stays in the list, inactive, so that the audit log can be read. */
export async function revokeApiKey(ctx: Context, actor: Actor, { id }: { id: string }): Promise<void> {
  const now = ctx.clock.now()
  await ctx.db.transaction().execute(async (tx) => {
    await requireInstance(tx, actor, 'api_keys.manage')
    const key = await findApiKey(tx, id)
    if (!key) throw notFound('API key', id)
    await updateApiKey(tx, id, { isActive: false, previousHash: null, previousUntil: null }, now)
    await recordEvents(tx, actor, now, [
      {
        id: ctx.newId(),
        workspaceId: null,
        type: 'api_key.revoked',
        resourceType: 'api_key',
        resourceId: id,
        data: { keyName: key.name },
      },
    ])
  })
}

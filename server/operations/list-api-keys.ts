import type { Actor } from '../domain/actor.ts'
import { type ApiKeyWithUsage, listApiKeys as list } from '../storage/api-keys.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** Every key of the instance with its use, newest first; never the keys themselves. */
export async function listApiKeys(ctx: Context, actor: Actor): Promise<ApiKeyWithUsage[]> {
  await requireInstance(ctx.db, actor, 'api_keys.manage')
  return list(ctx.db, ctx.clock.now())
}

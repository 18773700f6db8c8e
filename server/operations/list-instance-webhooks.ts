import type { Actor } from '../domain/actor.ts'
import { type CountedWebhook, listInstanceWebhooks as list } from '../storage/webhooks.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** The webhooks of the whole instance with how their deliveries went (C41). */
export async function listInstanceWebhooks(ctx: Context, actor: Actor): Promise<CountedWebhook[]> {
  await requireInstance(ctx.db, actor, 'api_keys.manage')
  return list(ctx.db)
}

import type { Actor } from '../domain/actor.ts'
import { apiUsage } from '../storage/api-keys.ts'
import {
  countAccountsByState,
  countPostsByNetwork,
  countPostsByStatus,
  storedBytes,
} from '../storage/instance-figures.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** Posts, accounts and use of the whole instance (C39). */
export async function readInstanceStats(ctx: Context, actor: Actor) {
  await requireInstance(ctx.db, actor, 'analytics.view')
  return {
    postsByStatus: await countPostsByStatus(ctx.db),
    postsByNetwork: await countPostsByNetwork(ctx.db),
    accountsByState: await countAccountsByState(ctx.db),
    storedBytes: await storedBytes(ctx.db),
    storageBytesMax: ctx.settings.storageBytesMax ?? null,
    apiCallsThisMonth: (await apiUsage(ctx.db, ctx.clock.now())).requestsThisMonth,
  }
}

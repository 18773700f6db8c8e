import type { Actor } from '../domain/actor.ts'
import { apiUsage } from '../storage/api-keys.ts'
import { countActivity, countEverything, countPostsByNetwork } from '../storage/instance-figures.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** The whole instance at a glance (C38): what exists, what happens, how its keys are used, where posts go. */
export async function readDashboard(ctx: Context, actor: Actor) {
  const now = ctx.clock.now()
  await requireInstance(ctx.db, actor, 'analytics.view')
  return {
    overview: await countEverything(ctx.db),
    activity: await countActivity(ctx.db, now),
    apiUsage: await apiUsage(ctx.db, now),
    postsByNetwork: await countPostsByNetwork(ctx.db),
  }
}

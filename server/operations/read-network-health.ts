import type { Actor } from '../domain/actor.ts'
import { type JudgedHealth, judgeHealth, worstOf } from '../domain/network-health.ts'
import { type NetworkHealth, networkHealth } from '../storage/instance-figures.ts'
import type { Context } from './context.ts'
import { requireInstance } from './instance-access.ts'

/** How each network did, from our own attempts of the last 24 hours (C45); networks never used are left out. */
export async function readNetworkHealth(ctx: Context, actor: Actor) {
  await requireInstance(ctx.db, actor, 'analytics.view')
  const at = ctx.clock.now()
  const networks: (NetworkHealth & JudgedHealth)[] = (await networkHealth(ctx.db, at)).map((facts) => ({
    ...facts,
    ...judgeHealth(facts),
  }))
  return { networks, overall: worstOf(networks.map(({ status }) => status)), at }
}

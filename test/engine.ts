/** A database, a scripted network and engines on them, for stories about publishing. */
import { sql } from 'kysely'
import { type Engine, startEngine } from '../server/engine/engine.ts'
import type { EngineOptions } from '../server/engine/engine-context.ts'
import type { Timing } from '../server/engine/timing.ts'
import type { Network, Recovery } from '../server/networks/network.ts'
import { testContext } from './context.ts'
import { addAccounts, schedulePosts, until } from './deliveries.ts'
import { scriptedNetwork } from './engine-network.ts'
import { type Tenant, testTenant } from './tenant.ts'

/** Short waits; their order among each other is as in production. */
export const quickTiming: Partial<Timing> = {
  beatMs: 100,
  lookEveryMs: 50,
  absentTwiceMs: 60,
  lookAgainMs: 10,
  pollMsMin: 10,
  answerGraceMs: 50,
  lockedLaneMs: 5,
}

/** @param also further networks that the engine knows. */
export async function engineWorld({ recovery, also = [] }: { recovery?: Recovery; also?: Network[] } = {}) {
  const scripted = scriptedNetwork({ recovery })
  const world = await testContext({ networks: [scripted.network, ...also] })
  const { ctx, clock } = world
  let engines: Engine[] = []
  let tenant: Tenant = await testTenant(ctx)
  const troubles: string[] = []

  async function delivery(id: string) {
    return await ctx.db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  }

  return {
    ctx,
    clock,
    scripted,
    troubles,
    connectionString: world.connectionString,
    tenant: () => tenant,
    /** A fresh workspace and an empty network, for the next story. */
    async renew() {
      Object.assign(scripted, scriptedNetwork({ recovery }), { network: scripted.network })
      // What an earlier story left would become due when this one moves the clock.
      await sql`delete from workspaces`.execute(ctx.db)
      tenant = await testTenant(ctx)
      troubles.length = 0
    },
    start(options: Partial<EngineOptions> = {}): Engine {
      const engine = startEngine(ctx, {
        listenUrl: world.connectionString,
        observer: { trouble: (what, error) => troubles.push(`${what}: ${(error as Error).message}`) },
        ...options,
        timing: { ...quickTiming, ...options.timing },
      })
      engines.push(engine)
      return engine
    },
    async stop() {
      await Promise.all(engines.map((engine) => engine.stop()))
      engines = []
    },
    async close() {
      await this.stop()
      await world.close()
    },
    accounts: (count = 1) => addAccounts(ctx, tenant, count),
    /** One post, due now unless said otherwise. @returns its deliveries' ids, in the order of the accounts. */
    async post(accountIds: string[], text: string, dueAt = clock.now()): Promise<string[]> {
      const [post] = await schedulePosts(ctx, tenant, [{ accountIds, dueAt, text }])
      return post?.deliveryIds ?? []
    },
    delivery,
    /** When the engine is done with it: no longer scheduled or publishing. */
    settled: (id: string, withinMs?: number) =>
      until(
        () => delivery(id),
        ({ state }) => state !== 'scheduled' && state !== 'publishing',
        withinMs,
      ),
    /** When it waits for a next try. */
    waiting: (id: string) =>
      until(
        () => delivery(id),
        ({ state, failure }) => state === 'scheduled' && failure !== null,
      ),
    async events(): Promise<string[]> {
      const { rows } = await sql<{ type: string }>`
        select type from events where workspace_id = ${tenant.workspaceId} order by position`.execute(ctx.db)
      return rows.map((event) => event.type)
    },
    async log(deliveryId: string): Promise<string[]> {
      const { rows } = await sql<{ action: string }>`
        select action from publish_log where delivery_id = ${deliveryId} order by created_at, id`.execute(
        ctx.db,
      )
      return rows.map((entry) => entry.action)
    },
    async postStatus(deliveryId: string): Promise<string | undefined> {
      const { rows } = await sql<{ status: string }>`
        select status from posts where id = (select post_id from deliveries where id = ${deliveryId})`.execute(
        ctx.db,
      )
      return rows[0]?.status
    },
    async outcomes(deliveryId: string): Promise<(string | null)[]> {
      const { rows } = await sql<{ outcome: string | null }>`
        select outcome from attempts where delivery_id = ${deliveryId} order by number`.execute(ctx.db)
      return rows.map((attempt) => attempt.outcome)
    },
    texts: () => scripted.posts.map((post) => post.text),
  }
}

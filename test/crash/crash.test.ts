/**
 * The server is killed with SIGKILL at every step of publishing and started again. Whatever the network offers against
 * doubles: each post is published exactly once, or uncertain only where the network gives no way to know.
 */
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KillPoint } from '../../server/engine/engine-context.ts'
import { testContext } from '../context.ts'
import { addAccounts, schedulePosts, until } from '../deliveries.ts'
import { testTenant } from '../tenant.ts'
import { type Protection, protections } from './crash-network.ts'
import type { EngineProcessOptions } from './engine-process.ts'
import { startEngineProcess, startNetworkServer } from './processes.ts'

// Each starts several processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

let world: Awaited<ReturnType<typeof testContext>>
let network: Awaited<ReturnType<typeof startNetworkServer>>
let engines: Awaited<ReturnType<typeof startEngineProcess>>[] = []

beforeEach(async () => {
  world = await testContext()
  network = await startNetworkServer()
})
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.stop()))
  engines = []
  await network.stop()
  await world.close()
})

async function start(kill?: EngineProcessOptions['kill']) {
  const engine = await startEngineProcess({
    connectionString: world.connectionString,
    networkUrl: network.url,
    kill,
  })
  engines.push(engine)
  return engine
}

/** One post with this text for each protection, on an account of its own. @returns the deliveries. */
async function schedule(text: string): Promise<Record<Protection, string>> {
  const tenant = await testTenant(world.ctx)
  const ids: Partial<Record<Protection, string>> = {}
  for (const protection of protections) {
    const accountIds = await addAccounts(world.ctx, tenant, 1, { network: protection })
    const [post] = await schedulePosts(
      world.ctx,
      tenant,
      [{ accountIds, text: named(text, protection), dueAt: world.clock.now() }],
      { network: protection },
    )
    ids[protection] = post?.deliveryIds[0] ?? ''
  }
  return ids as Record<Protection, string>
}

/** Each line names its protection, so that the visible posts tell whose they are. */
const named = (text: string, protection: Protection) =>
  text
    .split('\n')
    .map((line) => `${line} (${protection})`)
    .join('\n')

async function settled(deliveryId: string) {
  const read = () =>
    world.ctx.db.selectFrom('deliveries').selectAll().where('id', '=', deliveryId).executeTakeFirstOrThrow()
  return (await until(read, ({ state }) => !['scheduled', 'publishing'].includes(state), 60_000)).state
}

async function visible(protection: Protection) {
  const { posts } = await network.all()
  return posts.filter((post) => post.text.endsWith(`(${protection})`)).length
}

type Expected = Record<Protection, { state: 'published' | 'uncertain'; visible: number }>
const once = { state: 'published', visible: 1 } as const
const allOnce: Expected = { idempotent: once, exact: once, vague: once, nothing: once }

/** What must hold after a kill at each point; the rows differ only where a network cannot be asked. */
const points: Record<KillPoint, Expected> = {
  'before-claim': allOnce,
  'after-claim': allOnce,
  'during-prepare': allOnce,
  'after-prepare': allOnce,
  // Fenced and never sent: whoever cannot look or repeat must not send again.
  'after-fence': {
    ...allOnce,
    vague: { state: 'uncertain', visible: 0 },
    nothing: { state: 'uncertain', visible: 0 },
  },
  // Accepted, and the answer lost with the process.
  'after-accept': { ...allOnce, nothing: { state: 'uncertain', visible: 1 } },
  'before-settle': { ...allOnce, nothing: { state: 'uncertain', visible: 1 } },
  'after-settle': allOnce,
}

async function expectAll(ids: Record<Protection, string>, expected: Expected) {
  for (const protection of protections) {
    expect({ protection, state: await settled(ids[protection]) }).toEqual({
      protection,
      state: expected[protection].state,
    })
    expect({ protection, visible: await visible(protection) }).toEqual({
      protection,
      visible: expected[protection].visible,
    })
  }
}

describe('killed at a step of publishing and started again', () => {
  test.each(Object.keys(points) as KillPoint[])('%s', async (point) => {
    const ids = await schedule('Launch day')
    const victim = await start({ point, deliveries: point === 'before-claim' ? 1 : protections.length })
    expect(await victim.died).toBe('SIGKILL')
    await start()
    await expectAll(ids, points[point])
  })
})

test('killed while the request is on its way: the network accepts it after our death, and it is not sent again', async () => {
  const ids = await schedule('Under way #slow')
  const victim = await start()
  await until(network.all, ({ requests }) => requests === protections.length)
  expect(await victim.kill()).toBe('SIGKILL')
  await start()
  await expectAll(ids, { ...allOnce, nothing: { state: 'uncertain', visible: 1 } })
})

test('killed while it waits for an answer that never comes', async () => {
  const ids = await schedule('Silence #silent')
  const victim = await start()
  await until(network.all, ({ posts }) => posts.length === protections.length)
  expect(await victim.kill()).toBe('SIGKILL')
  await start()
  await expectAll(ids, { ...allOnce, nothing: { state: 'uncertain', visible: 1 } })
})

describe('killed in the middle of a thread, it goes on there, and no part is doubled', () => {
  async function partsOf(protection: Protection, deliveryId: string) {
    const state = await settled(deliveryId)
    const { posts } = await network.all()
    const own = posts.filter((post) => post.text.endsWith(`(${protection})`))
    return { protection, state, parts: own.map((post) => post.text.split(' ')[0]) }
  }
  const whole = { state: 'published', parts: ['one', 'two', 'three'] }
  const stopped = { state: 'uncertain', parts: ['one'] }

  test('before the first part is on record', async () => {
    const ids = await schedule('one\ntwo\nthree')
    const victim = await start({ point: 'after-accept', deliveries: protections.length })
    expect(await victim.died).toBe('SIGKILL')
    await start()
    for (const protection of protections)
      expect(await partsOf(protection, ids[protection])).toEqual({
        protection,
        ...(protection === 'nothing' ? stopped : whole),
      })
  })

  test('after the second part was fenced, before it was sent', async () => {
    const ids = await schedule('one\ntwo\nthree')
    const four = protections.length
    const victim = await start({ point: 'after-fence', passing: four, deliveries: four })
    expect(await victim.died).toBe('SIGKILL')
    await start()
    for (const protection of protections)
      expect(await partsOf(protection, ids[protection])).toEqual({
        protection,
        ...(protection === 'nothing' || protection === 'vague' ? stopped : whole),
      })
  })
})

test('killed while the network still works on it: the next process goes on asking', async () => {
  const ids = await schedule('A video #pending')
  const victim = await start()
  await until(
    async () => (await sql`select id from writes where state = 'pending'`.execute(world.ctx.db)).rows.length,
    (pending) => pending === protections.length,
  )
  await victim.kill()
  await start()
  await expectAll(ids, allOnce)
})

test('killed again and again at every point in turn, with posts coming in: each goes out exactly once', async () => {
  const tenant = await testTenant(world.ctx)
  const surely = ['idempotent', 'exact'] as const
  const deliveryIds: string[] = []
  const add = async (round: number) => {
    for (const protection of surely) {
      const accountIds = await addAccounts(world.ctx, tenant, 3, { network: protection })
      const posts = await schedulePosts(
        world.ctx,
        tenant,
        accountIds.flatMap((accountId) =>
          [1, 2].map((n) => ({
            accountIds: [accountId],
            text: `Round ${round}, post ${n} of ${accountId}`,
            dueAt: world.clock.now(),
          })),
        ),
        { network: protection },
      )
      deliveryIds.push(...posts.flatMap((post) => post.deliveryIds))
    }
  }
  for (const [round, point] of (Object.keys(points) as KillPoint[]).entries()) {
    await add(round)
    const victim = await start({ point, deliveries: 1 + (round % 3) })
    expect(await victim.died).toBe('SIGKILL')
  }
  await start()
  for (const id of deliveryIds) expect(await settled(id)).toBe('published')
  const { posts } = await network.all()
  expect(posts).toHaveLength(deliveryIds.length)
  expect(new Set(posts.map((post) => post.text)).size).toBe(deliveryIds.length)
}, 240_000)

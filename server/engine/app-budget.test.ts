import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { addAccounts, schedulePosts, until } from '../../test/deliveries.ts'
import { engineWorld } from '../../test/engine.ts'
import { scriptedNetwork } from '../../test/engine-network.ts'
import { type Tenant, testTenant } from '../../test/tenant.ts'
import { forgetOtherApps, recordAppBudgets, snoozeApp, type ToldBudget } from '../storage/app-budgets.ts'
import { clientIds } from './app-budget.ts'
import { collectAccountMetrics } from './collect-account-metrics.ts'
import { collectMetrics } from './collect-metrics.ts'

const elsewhere = scriptedNetwork({ id: 'elsewhere' })
let world: Awaited<ReturnType<typeof engineWorld>>
beforeAll(async () => {
  world = await engineWorld({ also: [elsewhere.network] })
})
beforeEach(async () => {
  await world.renew()
  await sql`delete from app_budgets`.execute(world.ctx.db)
  delete world.scripted.network.metrics
  delete world.scripted.network.accountMetrics
})
afterEach(() => world.stop())
afterAll(() => world.close())

const windowMs = 300_000
const later = () => new Date(world.clock.now().getTime() + windowMs)
const troubled = (what: string) => void world.troubles.push(what)

async function postOf(tenant: Tenant, network = 'scripted', text = network): Promise<string> {
  const accountIds = await addAccounts(world.ctx, tenant, 1, { network })
  const posts = [{ accountIds, dueAt: world.clock.now(), text }]
  const [post] = await schedulePosts(world.ctx, tenant, posts, { network })
  return post?.deliveryIds[0] as string
}

const waits = (id: string) =>
  until(
    () => world.delivery(id),
    ({ state, wakeAt }) =>
      state === 'scheduled' && (wakeAt?.getTime() ?? 0) > world.clock.now().getTime() + windowMs / 2,
  )

const told = (more: Partial<ToldBudget> = {}): ToldBudget => ({
  network: 'scripted',
  mode: 'live',
  clientId: 'client',
  usedBy: null,
  left: 0,
  limit: 100,
  resetsAt: later(),
  ...more,
})

test('an app that one account used up holds its other accounts, in every workspace, until it is renewed', async () => {
  world.scripted.onCommit = (request) => {
    request.ctx.appBudget?.({ left: 0, limit: 100, resetsAt: later() })
    return request.accepted()
  }
  const engine = world.start()
  const [last = ''] = await world.post(await world.accounts(1), 'The last of the day')
  await world.settled(last)
  world.scripted.onCommit = (request) => request.accepted()

  const [sibling = ''] = await world.post(await world.accounts(1), 'Of the same app')
  const stranger = await postOf(await testTenant(world.ctx), 'scripted', 'Of the same app, elsewhere')
  for (const id of [sibling, stranger]) expect((await waits(id)).tries).toBe(0)
  expect(world.texts()).toEqual(['The last of the day'])

  const inSandbox = await postOf(await testTenant(world.ctx, { mode: 'sandbox' }))
  const onAnother = await postOf(world.tenant(), 'elsewhere')
  for (const id of [inSandbox, onAnother])
    expect(await world.settled(id)).toMatchObject({ state: 'published' })

  world.clock.advance(windowMs + 1_000)
  engine.look()
  for (const id of [sibling, stranger])
    expect(await world.settled(id)).toMatchObject({ state: 'published', tries: 0 })
  expect(world.troubles).toEqual([])
})

test('a refusal that tells the app is used up holds the others too, and uses no try', async () => {
  world.scripted.onCommit = (request) => {
    request.ctx.appBudget?.({ left: 0, resetsAt: later() })
    const failure = {
      class: 'rate_limited',
      rule: 'scripted.quota',
      message: 'No more',
      remedy: 'Wait',
    } as const
    return { outcome: 'rejected', failure: { ...failure, retryAfterMs: windowMs } }
  }
  const engine = world.start()
  const [refused = ''] = await world.post(await world.accounts(1), 'Refused')
  await waits(refused)
  const [other = ''] = await world.post(await world.accounts(1), 'Not even sent')
  await waits(other)
  expect(world.scripted.sends.map(({ text }) => text)).toEqual(['Refused'])
  world.scripted.onCommit = (request) => request.accepted()
  world.clock.advance(windowMs + 1_000)
  engine.look()
  for (const id of [refused, other])
    expect(await world.settled(id)).toMatchObject({ state: 'published', tries: 0 })
})

test('while something is left, nobody waits', async () => {
  world.scripted.onCommit = (request) => {
    request.ctx.appBudget?.({ left: 1, limit: 100, resetsAt: later() })
    return request.accepted()
  }
  world.start()
  const ids = await world.post(await world.accounts(3), 'Go')
  for (const id of ids) expect(await world.settled(id)).toMatchObject({ state: 'published' })
})

test('accounts wait in rounds, going on after the one that used the last of the budget', async () => {
  const [a = '', b = '', c = ''] = (await world.accounts(3)).sort()
  const ids = new Map<string, string>()
  for (const [name, accountId] of [
    ['a', a],
    ['b', b],
    ['c', c],
  ] as const)
    for (const turn of [1, 2]) {
      const dueAt = new Date(world.clock.now().getTime() - 10_000 + turn)
      const [id = ''] = await world.post([accountId], 'x', dueAt)
      ids.set(id, `${name}${turn}`)
    }
  await recordAppBudgets(world.ctx.db, [told({ usedBy: b })])
  await snoozeApp(world.ctx.db, c, later(), world.clock.now())
  const rows = await world.ctx.db.selectFrom('deliveries').select('id').orderBy('wakeAt').execute()
  expect(rows.map(({ id }) => ids.get(id))).toEqual(['c1', 'a1', 'b1', 'c2', 'a2', 'b2'])
})

test('of two answers about one window the lower holds, whichever is recorded last; a new window starts anew', async () => {
  const left = async () =>
    (await world.ctx.db.selectFrom('appBudgets').select('budgetLeft').executeTakeFirstOrThrow()).budgetLeft
  const resetsAt = later()
  await recordAppBudgets(world.ctx.db, [told({ left: 3, resetsAt })])
  await recordAppBudgets(world.ctx.db, [told({ left: 7, resetsAt }), told({ left: 5, resetsAt })])
  expect(await left()).toBe(3)
  const next = new Date(resetsAt.getTime() + windowMs)
  await recordAppBudgets(world.ctx.db, [told({ left: 1, resetsAt }), told({ left: 99, resetsAt: next })])
  expect(await left()).toBe(99)
})

test('an app that the operator replaced holds nobody', async () => {
  const kept = async () =>
    (await world.ctx.db.selectFrom('appBudgets').select('clientId').execute()).map(({ clientId }) => clientId)
  await recordAppBudgets(world.ctx.db, [
    told({ clientId: 'old app' }),
    told({ mode: 'sandbox', clientId: '' }),
  ])
  await forgetOtherApps(world.ctx.db, clientIds(world.ctx))
  expect(await kept()).toEqual([''])
  await recordAppBudgets(world.ctx.db, [told()])
  await forgetOtherApps(world.ctx.db, clientIds(world.ctx))
  expect((await kept()).sort()).toEqual(['', 'client'])
})

test('numbers are not collected while the budget is low, so that publishing has the rest', async () => {
  let asked = 0
  world.scripted.network.metrics = async (ctx, published) => {
    asked++
    ctx.appBudget?.({ left: 20, limit: 100, resetsAt: later() })
    return { outcome: 'done', value: published.map(({ externalId }) => ({ externalId, likes: 1, raw: {} })) }
  }
  world.scripted.network.accountMetrics = async () => {
    asked++
    return { outcome: 'done', value: { followers: 1, raw: {} } }
  }
  world.start()
  const ids = await world.post(await world.accounts(2), 'Measured')
  for (const id of ids) await world.settled(id)
  const metricsDue = sql`update deliveries set metrics_at = ${world.clock.now()}`
  await metricsDue.execute(world.ctx.db)

  await recordAppBudgets(world.ctx.db, [told({ left: 25, limit: 100 })])
  expect(await collectMetrics(world.ctx, troubled)).toBe(0)
  expect(await collectAccountMetrics(world.ctx, troubled)).toBe(0)
  expect(asked).toBe(0)
  const [first = ''] = ids
  expect((await world.delivery(first)).metricsAt?.getTime()).toBeGreaterThan(world.clock.now().getTime())
  const [post = ''] = await world.post(await world.accounts(1), 'Goes out all the same')
  expect(await world.settled(post)).toMatchObject({ state: 'published' })

  world.clock.advance(windowMs + 1_000)
  expect(await collectMetrics(world.ctx, troubled)).toBeGreaterThan(0)
  expect(world.troubles).toEqual([])
})

import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { testContext } from '../../test/context.ts'
import { addAccounts, schedulePosts, until } from '../../test/deliveries.ts'
import { type ScriptedNetwork, scriptedNetwork } from '../../test/engine-network.ts'
import { type Tenant, testTenant } from '../../test/tenant.ts'
import { type Engine, startEngine } from './engine.ts'
import type { EngineOptions } from './engine-context.ts'
import type { Timing } from './timing.ts'

const scripted: ScriptedNetwork = scriptedNetwork()
let t: Awaited<ReturnType<typeof testContext>>
let tenant: Tenant
let engines: Engine[] = []
let troubles: unknown[] = []

const quick: Partial<Timing> = {
  beatMs: 100,
  lookEveryMs: 50,
  absentTwiceMs: 50,
  lookAgainMs: 10,
  pollMsMin: 10,
  answerGraceMs: 50,
}

beforeAll(async () => {
  t = await testContext({ networks: [scripted.network] })
})
afterAll(() => t.close())
beforeEach(async () => {
  Object.assign(scripted, scriptedNetwork(), { network: scripted.network })
  tenant = await testTenant(t.ctx)
  troubles = []
})
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.stop()))
  engines = []
})

function start(options: Partial<EngineOptions> = {}) {
  const engine = startEngine(t.ctx, {
    listenUrl: t.connectionString,
    timing: quick,
    observer: { trouble: (what, error) => troubles.push([what, error]) },
    ...options,
  })
  engines.push(engine)
  return engine
}

const now = () => t.clock.now()

async function delivery(id: string) {
  return await t.ctx.db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

const settled = (id: string) =>
  until(
    () => delivery(id),
    ({ state }) => !['scheduled', 'publishing'].includes(state),
  )

test('a post that is due is published, and everything that tells of it agrees', async () => {
  const [accountId = ''] = await addAccounts(t.ctx, tenant, 1)
  start()
  const [post] = await schedulePosts(t.ctx, tenant, [
    { accountIds: [accountId], dueAt: now(), text: 'Hello' },
  ])
  const row = await settled(post?.deliveryIds[0] ?? '')
  expect(row).toMatchObject({
    state: 'published',
    externalId: '1',
    attempt: 1,
    leaseOwner: null,
    failure: null,
  })
  expect(scripted.posts).toMatchObject([{ text: 'Hello', accountId }])
  const { db } = t.ctx
  expect(await db.selectFrom('posts').select(['status']).where('id', '=', row.postId).execute()).toEqual([
    { status: 'published' },
  ])
  expect(
    await db.selectFrom('attempts').select(['number', 'outcome']).where('deliveryId', '=', row.id).execute(),
  ).toEqual([{ number: 1, outcome: 'published' }])
  expect(
    await db.selectFrom('writes').select(['position', 'state']).where('deliveryId', '=', row.id).execute(),
  ).toEqual([{ position: 0, state: 'accepted' }])
  const { rows: events } = await sql<{ type: string }>`
    select type from events where workspace_id = ${tenant.workspaceId} order by type`.execute(db)
  expect(events.map((event) => event.type)).toEqual(['delivery.published', 'post.published'])
  expect(troubles).toEqual([])
})

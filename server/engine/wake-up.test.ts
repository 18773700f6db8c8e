import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../../test/deliveries.ts'
import { engineWorld } from '../../test/engine.ts'

let world: Awaited<ReturnType<typeof engineWorld>>
beforeAll(async () => {
  world = await engineWorld()
})
beforeEach(() => world.renew())
afterEach(() => world.stop())
afterAll(() => world.close())

const listening = (engine: { state(): { isListening: boolean } }) =>
  until(
    () => engine.state().isListening,
    (is) => is,
  )

/** Ends every connection to this database but the one that asks. */
const cutConnections = () =>
  sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(world.ctx.db)

test('a post due in the future starts at its time, not before', async () => {
  const lateness: number[] = []
  world.start({ observer: { sent: ({ latenessMs }) => lateness.push(latenessMs) } })
  const dueAt = new Date(world.clock.now().getTime() + 400)
  const [id = ''] = await world.post(await world.accounts(1), 'later', dueAt)
  const row = await world.settled(id)
  expect(row.publishedAt?.getTime()).toBeGreaterThanOrEqual(dueAt.getTime())
  expect(lateness).toHaveLength(1)
  expect(lateness[0]).toBeGreaterThanOrEqual(0)
})

test('a post that is moved earlier goes out earlier', async () => {
  const engine = world.start()
  await listening(engine)
  const [id = ''] = await world.post(
    await world.accounts(1),
    'moved',
    new Date(world.clock.now().getTime() + 3_600_000),
  )
  await world.ctx.db.transaction().execute(async (tx) => {
    const now = world.clock.now()
    await sql`update deliveries set due_at = ${now}, wake_at = ${now} where id = ${id}`.execute(tx)
    await sql`select pg_notify('fanfare_wake', ${String(now.getTime())})`.execute(tx)
  })
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
})

test('a message that is lost costs a rescan, not the post', async () => {
  const engine = world.start({ timing: { rescanMs: 200 } })
  await listening(engine)
  const [id = ''] = await world.post(
    await world.accounts(1),
    'unannounced',
    new Date(world.clock.now().getTime() + 3_600_000),
  )
  await sql`update deliveries set wake_at = ${world.clock.now()} where id = ${id}`.execute(world.ctx.db)
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
})

test('when the connections to the database break, the engine finds its way back and misses nothing', async () => {
  const engine = world.start()
  await listening(engine)
  const accountIds = await world.accounts(3)
  const cut: string[] = []
  for (let round = 0; round < 3; round++) {
    await cutConnections()
    cut.push(...(await world.post(accountIds, `after cut ${round}`)))
  }
  for (const id of cut) expect(await world.settled(id)).toMatchObject({ state: 'published' })
  await listening(engine)
  expect(world.scripted.posts).toHaveLength(9)
})

test('connections that break between the answer and its record cost nothing: what was accepted is recorded', async () => {
  world.scripted.onLookup = () => ({ outcome: 'unknown', why: 'no way to look' })
  let cut = false
  const engine = world.start({
    at: async (point) => {
      if (point !== 'before-settle' || cut) return
      cut = true
      await cutConnections()
    },
  })
  await listening(engine)
  const [id = ''] = await world.post(await world.accounts(1), 'answered')
  expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
  expect(world.scripted.sends).toHaveLength(1)
})

test('an engine whose messages do not arrive looks by itself, often', async () => {
  // Nobody listens there: as if a pooler swallowed the messages.
  const engine = world.start({
    listenUrl: world.connectionString
      .replace(/\/test_[0-9a-f]+\?/, '/postgres?')
      .replace('fanfare@', 'nobody@'),
    timing: { rescanDeafMs: 100 },
  })
  await until(
    () => engine.state().lastLookMs,
    (ms) => ms !== null,
  )
  expect(engine.state().isListening).toBe(false)
  const [id = ''] = await world.post(await world.accounts(1), 'deaf')
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
})

test('health tells who publishes and how late the oldest post is', async () => {
  const accountIds = await world.accounts(2)
  await sql`update accounts set state = 'expired' where id = ${accountIds[1]}`.execute(world.ctx.db)
  const engine = world.start()
  await until(
    () => engine.health(),
    (health) => health.isHere && health.enginesAlive >= 1,
  )
  await engine.stop()
  const late = new Date(world.clock.now().getTime() - 60_000)
  await world.post([accountIds[1] ?? ''], 'held up by its account', new Date(late.getTime() - 60_000))
  expect(await engine.health()).toEqual({ enginesAlive: 0, isHere: false, oldestDueMs: 0 })
  await world.post([accountIds[0] ?? ''], 'late', late)
  const { oldestDueMs } = await engine.health()
  expect(oldestDueMs).toBeGreaterThanOrEqual(60_000)
  expect(oldestDueMs).toBeLessThan(110_000)
})

/** Who may still send: edits, cancellations, take-overs, clocks. */
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../../test/deliveries.ts'
import { engineWorld } from '../../test/engine.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { wakeEngine } from '../storage/wake.ts'

let world: Awaited<ReturnType<typeof engineWorld>>
beforeAll(async () => {
  world = await engineWorld({ recovery: { writeTimeoutMs: 300, settleMs: 50, repeatableMs: 0 } })
})
beforeEach(() => world.renew())
afterEach(() => world.stop())
afterAll(() => world.close())

/** A gate in the engine's way: `reached` when it stands there, and it goes on when `open` is called. */
function gate() {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    open: opened.resolve,
    pass: async () => {
      reached.resolve()
      await opened.promise
    },
  }
}

/** What an operation does to a delivery that is claimed and has no fence yet. */
async function takeBack(id: string, state: 'scheduled' | 'cancelled', text?: string) {
  await world.ctx.db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ postId: string }>`
      update deliveries set state = ${state}::delivery_state, attempt = attempt + 1, lease_owner = null,
             lease_until = null, checkpoint = '{}'
      where id = ${id} and state = 'publishing' and not fenced returning post_id`.execute(tx)
    if (rows.length !== 1) throw new Error('The delivery is fenced already')
    const postIds = rows.map((row) => row.postId)
    if (text) await sql`update posts set text = ${text} where id = any (${postIds}::uuid[])`.execute(tx)
    await refreshPostStatus(tx, postIds, world.clock.now())
    await wakeEngine(tx, world.clock.now())
  })
}

test('a post edited while it is being prepared goes out as edited, once', async () => {
  const preparing = gate()
  world.scripted.onPrepare = async (_ctx, text) => {
    if (text === 'old') await preparing.pass()
  }
  world.start()
  const [id = ''] = await world.post(await world.accounts(1), 'old')
  await preparing.reached
  await takeBack(id, 'scheduled', 'new')
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
  preparing.open()
  await world.stop()
  expect(world.texts()).toEqual(['new'])
  expect(await world.outcomes(id)).toEqual(['yielded', 'published'])
})

test('a post cancelled while it is being prepared is not published', async () => {
  const preparing = gate()
  world.scripted.onPrepare = () => preparing.pass()
  world.start()
  const [id = ''] = await world.post(await world.accounts(1), 'cancelled')
  await preparing.reached
  await takeBack(id, 'cancelled')
  preparing.open()
  await world.stop()
  expect(await world.delivery(id)).toMatchObject({ state: 'cancelled' })
  expect(world.scripted.sends).toEqual([])
})

test('a cancellation that is under way when the fence is written wins if it commits, and loses if it does not', async () => {
  const [first, second] = [gate(), gate()]
  world.scripted.onPrepare = (_ctx, text) => (text === 'cancelled' ? first.pass() : second.pass())
  world.start()
  const accountIds = await world.accounts(2)
  const [cancelled = ''] = await world.post([accountIds[0] ?? ''], 'cancelled')
  const [kept = ''] = await world.post([accountIds[1] ?? ''], 'kept')
  await Promise.all([first.reached, second.reached])
  const under = async (id: string, gate: { open(): void }, end: 'commit' | 'rollback') => {
    await world.ctx.db
      .transaction()
      .execute(async (tx) => {
        await sql`update deliveries set state = 'cancelled', attempt = attempt + 1, lease_owner = null, lease_until = null
          where id = ${id}`.execute(tx)
        gate.open()
        // The engine meets the locked row; nothing may have been sent while we hold it.
        await new Promise((done) => setTimeout(done, 100))
        expect(world.scripted.sends).toEqual([])
        if (end === 'rollback') throw new Error('changed my mind')
      })
      .catch(() => undefined)
  }
  await under(cancelled, first, 'commit')
  await under(kept, second, 'rollback')
  expect(await world.settled(kept)).toMatchObject({ state: 'published' })
  expect(await world.delivery(cancelled)).toMatchObject({ state: 'cancelled' })
  expect(world.texts()).toEqual(['kept'])
})

test('a worker that stood still and wakes after a take-over never sends', async () => {
  const stalled = gate()
  let times = 0
  const slow = world.start({
    at: async (point) => {
      if (point === 'after-fence' && ++times === 1) await stalled.pass()
    },
  })
  const [id = ''] = await world.post(await world.accounts(1), 'once')
  await stalled.reached
  // The lease runs out while the worker stands between fence and send; another engine goes on.
  await sql`update deliveries set lease_until = clock_timestamp() where id = ${id}`.execute(world.ctx.db)
  await world.ctx.db.deleteFrom('processes').where('id', '=', slow.processId).execute()
  world.start()
  await until(
    () => world.outcomes(id),
    (outcomes) => outcomes[0] === 'taken_over',
  )
  world.clock.advance(60_000)
  stalled.open()
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
  expect(world.scripted.sends).toHaveLength(1)
  expect(world.texts()).toEqual(['once'])
})

test('a clock that jumps between fence and send makes the worker yield, and the post goes out once', async () => {
  let jumped = false
  const engine = world.start({
    at: (point) => {
      if (point !== 'after-fence' || jumped) return
      jumped = true
      world.clock.advance(3_600_000)
    },
  })
  const [id = ''] = await world.post(await world.accounts(1), 'jump')
  expect(await world.waiting(id)).toMatchObject({ failure: { rule: 'stalled' } })
  expect(world.scripted.sends).toEqual([])
  world.clock.advance(10_000)
  engine.look()
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
  expect(world.texts()).toEqual(['jump'])
})

test('a clock that is set back delays nothing for ever and doubles nothing', async () => {
  world.start()
  const accountIds = await world.accounts(1)
  const [first = ''] = await world.post(accountIds, 'before')
  await world.settled(first)
  world.clock.advance(-30_000)
  const [second = ''] = await world.post(accountIds, 'after')
  expect(await world.settled(second)).toMatchObject({ state: 'published' })
  expect(world.texts()).toEqual(['before', 'after'])
  world.clock.advance(30_000)
})

test('what a late worker knows spares the taker a doubt: an accepted write is recorded past the take-over', async () => {
  const answered = gate()
  world.scripted.onLookup = () => ({ outcome: 'unknown', why: 'no way to look' })
  let times = 0
  const slow = world.start({
    at: async (point) => {
      if (point === 'after-accept' && ++times === 1) await answered.pass()
    },
  })
  const [id = ''] = await world.post(await world.accounts(1), 'late answer')
  await answered.reached
  await sql`update deliveries set lease_until = clock_timestamp() where id = ${id}`.execute(world.ctx.db)
  await world.ctx.db.deleteFrom('processes').where('id', '=', slow.processId).execute()
  world.start()
  await until(
    () => world.outcomes(id),
    (outcomes) => outcomes[0] === 'taken_over',
  )
  answered.open()
  expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
  expect(world.scripted.sends).toHaveLength(1)
})

test('a stop gives back what is not visible yet, and waits for answers that are under way', async () => {
  const [preparing, sending] = [gate(), gate()]
  const accountIds = await world.accounts(2)
  world.scripted.onPrepare = async (ctx, text) => {
    if (text !== 'preparing') return
    await Promise.race([
      preparing.pass(),
      new Promise((_, fail) => ctx.signal.addEventListener('abort', () => fail(ctx.signal.reason))),
    ])
  }
  world.scripted.onCommit = async (request) => {
    await sending.pass()
    return request.accepted()
  }
  const engine = world.start()
  const [first = ''] = await world.post([accountIds[0] ?? ''], 'preparing')
  const [second = ''] = await world.post([accountIds[1] ?? ''], 'sending')
  await Promise.all([preparing.reached, sending.reached])
  const stopped = engine.stop()
  await until(
    () => world.delivery(first),
    (row) => row.state === 'scheduled',
  )
  sending.open()
  await stopped
  expect(await world.delivery(first)).toMatchObject({ state: 'scheduled', tries: 0, leaseOwner: null })
  expect(await world.delivery(second)).toMatchObject({ state: 'published' })
  expect(await world.outcomes(first)).toEqual(['yielded'])
  const processes = world.ctx.db.selectFrom('processes').select('id').where('id', '=', engine.processId)
  expect(await processes.execute()).toEqual([])
})

test('a pending write goes on in another process after the first has stopped', async () => {
  world.scripted.onCommit = () => ({ outcome: 'pending', token: 'job', pollAfterMs: 60_000 })
  const first = world.start()
  const [id = ''] = await world.post(await world.accounts(1), 'video')
  await until(
    () => world.delivery(id),
    (row) => row.state === 'publishing' && row.leaseOwner === null,
  )
  await first.stop()
  world.scripted.onPoll = (_write, token, accept) => {
    expect(token).toBe('job')
    return { outcome: 'accepted', externalId: accept().externalId, url: null }
  }
  await sql`update deliveries set lease_until = clock_timestamp() where id = ${id}`.execute(world.ctx.db)
  world.start()
  expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
  expect(world.scripted.sends).toHaveLength(1)
})

test('finished steps of a preparation are not repeated on the next try, unless they have gone stale', async () => {
  let uploads = 0
  const engine = world.start()
  world.scripted.onPrepare = async (ctx) => {
    await ctx.step('upload', async () => ++uploads, { validMs: 3_600_000 })
    if (uploads === 1) throw new Error('after the upload')
  }
  const [id = ''] = await world.post(await world.accounts(1), 'with a file')
  await world.waiting(id)
  await until(
    () => world.delivery(id),
    (row) => row.tries === 1,
  )
  world.clock.advance(7_000)
  engine.look()
  await until(
    () => world.delivery(id),
    (row) => row.tries === 2,
  )
  expect(uploads).toBe(1)
  world.clock.advance(3_600_000)
  engine.look()
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
  expect(uploads).toBe(2)
})

import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { until } from '../../test/deliveries.ts'
import { engineWorld } from '../../test/engine.ts'
import type { Failure } from '../domain/delivery.ts'
import { resumeHeld, retryDelivery } from '../storage/resume.ts'

let world: Awaited<ReturnType<typeof engineWorld>>
beforeAll(async () => {
  world = await engineWorld()
})
beforeEach(() => world.renew())
afterEach(() => world.stop())
afterAll(() => world.close())

const one = async (text: string) => {
  const accountIds = await world.accounts(1)
  const [id = ''] = await world.post(accountIds, text)
  return { id, accountId: accountIds[0] as string }
}

const failure = (kind: Failure['class'], more: Partial<Failure> = {}): Failure => ({
  class: kind,
  rule: `scripted.${kind}`,
  message: 'The network said no.',
  remedy: 'Do something about it.',
  ...more,
})

test('a post that is due is published, and everything that tells of it agrees', async () => {
  world.start()
  const { id, accountId } = await one('Hello')
  const row = await world.settled(id)
  expect(row).toMatchObject({
    state: 'published',
    externalId: '1',
    attempt: 1,
    leaseOwner: null,
    failure: null,
  })
  expect(row).toMatchObject({ url: 'https://scripted.example/1', checkpoint: {} })
  expect(world.scripted.posts).toMatchObject([{ text: 'Hello', accountId }])
  expect(await world.postStatus(id)).toBe('published')
  expect(await world.outcomes(id)).toEqual(['published'])
  expect(await world.log(id)).toEqual(['publish_attempt', 'publish_success'])
  expect(await world.events()).toEqual(['delivery.published', 'post.published'])
  const writes = world.ctx.db.selectFrom('writes').select(['position', 'state']).where('deliveryId', '=', id)
  expect(await writes.execute()).toEqual([{ position: 0, state: 'accepted' }])
  expect(world.troubles).toEqual([])
})

test('a post for several accounts tells once that it is published, when the last of them is', async () => {
  world.start()
  const ids = await world.post(await world.accounts(3), 'To all')
  for (const id of ids) expect(await world.settled(id)).toMatchObject({ state: 'published' })
  expect((await world.events()).sort()).toEqual([
    'delivery.published',
    'delivery.published',
    'delivery.published',
    'post.published',
  ])
})

test('when one account refuses, the others are published and both are told', async () => {
  const accountIds = await world.accounts(2)
  world.scripted.onCommit = (request) =>
    request.ctx.account.id === accountIds[1]
      ? { outcome: 'rejected', failure: failure('permanent') }
      : request.accepted()
  world.start()
  const [good = '', bad = ''] = await world.post(accountIds, 'Half')
  expect(await world.settled(good)).toMatchObject({ state: 'published' })
  expect(await world.settled(bad)).toMatchObject({ state: 'failed', failure: { rule: 'scripted.permanent' } })
  expect(await world.postStatus(good)).toBe('partially_failed')
  expect((await world.events()).sort()).toEqual([
    'delivery.failed',
    'delivery.published',
    'post.failed',
    'post.published',
  ])

  // Tried again by a person and published, it does not tell again that the post is out.
  world.scripted.onCommit = (request) => request.accepted()
  await world.ctx.db.transaction().execute((tx) => retryDelivery(tx, bad, world.clock.now()))
  expect(await world.settled(bad)).toMatchObject({ state: 'published', failure: null })
  expect(await world.postStatus(good)).toBe('published')
  expect((await world.events()).filter((type) => type.startsWith('post.'))).toHaveLength(2)
})

test('a passing failure is tried again after some seconds, and the first answer counts', async () => {
  let sends = 0
  world.scripted.onCommit = (request) =>
    ++sends === 1 ? { outcome: 'rejected', failure: failure('transient') } : request.accepted()
  const engine = world.start()
  const { id } = await one('Again')
  const waiting = await world.waiting(id)
  const waitMs = (waiting.wakeAt?.getTime() ?? 0) - world.clock.now().getTime()
  expect(waitMs).toBeGreaterThan(3_000)
  expect(waitMs).toBeLessThan(6_100)
  expect(await world.postStatus(id)).toBe('scheduled')
  world.clock.advance(7_000)
  engine.look()
  expect(await world.settled(id)).toMatchObject({ state: 'published', attempt: 2, failure: null })
  expect(await world.outcomes(id)).toEqual(['retry', 'published'])
  expect(world.texts()).toEqual(['Again'])
})

test('people read of the first and the second attempt, whatever was changed before', async () => {
  const { id } = await one('Counted')
  // As three changes by a person leave it: each takes the delivery from a worker that may have it.
  await world.ctx.db.updateTable('deliveries').set({ attempt: 3 }).where('id', '=', id).execute()
  let sends = 0
  world.scripted.onCommit = (request) =>
    ++sends === 1 ? { outcome: 'rejected', failure: failure('transient') } : request.accepted()
  const engine = world.start()
  await world.waiting(id)
  world.clock.advance(7_000)
  engine.look()
  expect(await world.settled(id)).toMatchObject({ state: 'published', attempt: 5 })
  const told = await world.ctx.db
    .selectFrom('publishLog')
    .select('detail')
    .where('deliveryId', '=', id)
    .where('action', '=', 'publish_attempt')
    .orderBy('id')
    .execute()
  expect(told.map(({ detail }) => detail)).toEqual([{ attempt: 1 }, { attempt: 2 }])
})

test('a failure that never passes is given up after eight tries, with the last reason', async () => {
  world.scripted.onCommit = () => ({ outcome: 'rejected', failure: failure('transient') })
  const engine = world.start()
  const { id } = await one('Never')
  for (let tries = 1; tries < 8; tries++) {
    await until(
      () => world.delivery(id),
      (row) => row.state === 'scheduled' && row.tries === tries,
    )
    world.clock.advance(40 * 60_000)
    engine.look()
  }
  const row = await world.settled(id)
  expect(row).toMatchObject({ state: 'failed', failure: { rule: 'scripted.transient' } })
  expect((row.failure as unknown as Failure).message).toContain('Given up after 8 tries')
  expect(world.scripted.sends).toHaveLength(8)
})

test('a network that asks for patience gets it', async () => {
  world.scripted.onCommit = () => ({
    outcome: 'rejected',
    failure: failure('transient', { retryAfterMs: 90_000 }),
  })
  world.start()
  const { id } = await one('Patience')
  const row = await world.waiting(id)
  expect((row.wakeAt?.getTime() ?? 0) - world.clock.now().getTime()).toBeGreaterThan(85_000)
})

test('a rate limit holds the whole account, uses up no try, and keeps the order', async () => {
  const [accountId = ''] = await world.accounts(1)
  let limited = true
  world.scripted.onCommit = (request) =>
    limited
      ? { outcome: 'rejected', failure: failure('rate_limited', { retryAfterMs: 600_000 }) }
      : request.accepted()
  const engine = world.start()
  const now = world.clock.now().getTime()
  const [first = ''] = await world.post([accountId], 'first', new Date(now - 30))
  const [second = ''] = await world.post([accountId], 'second', new Date(now - 20))
  const [third = ''] = await world.post([accountId], 'third', new Date(now - 10))
  const isSnoozed = (row: { wakeAt: Date | null; state: string }) =>
    row.state === 'scheduled' && (row.wakeAt?.getTime() ?? 0) > now + 500_000
  for (const id of [first, second, third]) {
    const row = await until(() => world.delivery(id), isSnoozed)
    expect(row.tries).toBe(0)
  }
  expect(world.scripted.sends).toHaveLength(1)
  limited = false
  world.clock.advance(601_000)
  engine.look()
  for (const id of [first, second, third])
    expect(await world.settled(id)).toMatchObject({ state: 'published' })
  expect(world.texts()).toEqual(['first', 'second', 'third'])
})

test('an account that says its budget is used up is left alone until it is renewed', async () => {
  const [accountId = ''] = await world.accounts(1)
  world.scripted.onCommit = (request) => {
    request.ctx.budget?.(0, new Date(world.clock.now().getTime() + 300_000))
    return request.accepted()
  }
  const engine = world.start()
  const [first = ''] = await world.post([accountId], 'last of the window')
  await world.settled(first)
  const [second = ''] = await world.post([accountId], 'first of the next')
  await until(
    () => world.delivery(second),
    (row) => (row.wakeAt?.getTime() ?? 0) > world.clock.now().getTime() + 200_000,
  )
  expect(world.texts()).toEqual(['last of the window'])
  world.clock.advance(301_000)
  engine.look()
  expect(await world.settled(second)).toMatchObject({ state: 'published' })
})

test('a dead credential expires the account; what waits is held and resumes when it is connected again', async () => {
  const [accountId = ''] = await world.accounts(1)
  world.scripted.onCommit = () => ({ outcome: 'rejected', failure: failure('reconnect') })
  world.start()
  const [first = ''] = await world.post([accountId], 'first')
  expect(await world.settled(first)).toMatchObject({ state: 'held', failure: { rule: 'scripted.reconnect' } })
  const [second = ''] = await world.post([accountId], 'second')
  expect(await world.settled(second)).toMatchObject({ state: 'held', failure: { rule: 'account_expired' } })
  expect(await world.events()).toEqual(['account.expired'])
  expect(await world.postStatus(first)).toBe('scheduled')

  world.scripted.onCommit = (request) => request.accepted()
  await world.ctx.db.transaction().execute(async (tx) => {
    await sql`update accounts set state = 'active', secret_version = secret_version + 1 where id = ${accountId}`.execute(
      tx,
    )
    expect(await resumeHeld(tx, accountId, world.clock.now())).toBe(2)
  })
  expect(await world.settled(first)).toMatchObject({ state: 'published' })
  expect(await world.settled(second)).toMatchObject({ state: 'published' })
  expect(world.texts()).toEqual(['first', 'second'])
  expect(await world.log(first)).toContain('resumed')
})

test('a credential that was renewed meanwhile is not declared dead', async () => {
  const [accountId = ''] = await world.accounts(1)
  world.scripted.onCommit = async () => {
    await sql`update accounts set secret_version = secret_version + 1 where id = ${accountId}`.execute(
      world.ctx.db,
    )
    return { outcome: 'rejected', failure: failure('reconnect') }
  }
  world.start()
  const [id = ''] = await world.post([accountId], 'renewed')
  await world.waiting(id)
  const account = world.ctx.db.selectFrom('accounts').select('state').where('id', '=', accountId)
  expect(await account.execute()).toEqual([{ state: 'active' }])
})

test('an account that is switched off publishes nothing', async () => {
  const [accountId = ''] = await world.accounts(1)
  await sql`update accounts set is_active = false where id = ${accountId}`.execute(world.ctx.db)
  world.start()
  const [id = ''] = await world.post([accountId], 'off')
  expect(await world.settled(id)).toMatchObject({ state: 'held', failure: { rule: 'account_inactive' } })
  expect(world.scripted.sends).toEqual([])
})

test('what is later than the workspace allows fails instead of surprising its readers', async () => {
  const accountIds = await world.accounts(1)
  const [old = ''] = await world.post(
    accountIds,
    'old',
    new Date(world.clock.now().getTime() - 25 * 3_600_000),
  )
  const [fresh = ''] = await world.post(
    accountIds,
    'fresh',
    new Date(world.clock.now().getTime() - 23 * 3_600_000),
  )
  world.start()
  expect(await world.settled(old)).toMatchObject({ state: 'failed', failure: { rule: 'too_late' } })
  expect(await world.settled(fresh)).toMatchObject({ state: 'published' })
  expect(world.texts()).toEqual(['fresh'])
})

test('a pending approval blocks in every workspace; a required one must be of exactly this content', async () => {
  const accountIds = await world.accounts(4)
  const ids: string[] = []
  const later = new Date(world.clock.now().getTime() + 3_600_000)
  for (const [index, accountId] of accountIds.entries())
    ids.push(...(await world.post([accountId], `approval ${index}`, later)))
  const [pending = '', missing = '', stale = '', good = ''] = ids
  const change = (id: string, set: ReturnType<typeof sql>) =>
    sql`update posts set ${set} where id = (select post_id from deliveries where id = ${id})`.execute(
      world.ctx.db,
    )
  await change(pending, sql`approval = 'pending'`)
  await change(stale, sql`approval = 'approved', approved_hash = '\\x00'`)
  await change(good, sql`approval = 'approved', approved_hash = content_hash`)
  await sql`update workspaces set approvals = 'required' where id = ${world.tenant().workspaceId}`.execute(
    world.ctx.db,
  )
  world.clock.advance(3_601_000)
  world.start()
  for (const id of [pending, missing, stale])
    expect(await world.settled(id)).toMatchObject({ state: 'draft' })
  expect(await world.settled(good)).toMatchObject({ state: 'published' })
  expect(await world.postStatus(pending)).toBe('draft')
  expect(world.texts()).toEqual(['approval 3'])
})

test('what the network would refuse is refused before anything is sent', async () => {
  world.start()
  const { id } = await one('x'.repeat(5_001))
  expect(await world.settled(id)).toMatchObject({ state: 'failed', failure: { rule: 'text_too_long' } })
  expect(world.scripted.sends).toEqual([])
})

test('a network whose code throws fails the delivery, not the engine', async () => {
  world.scripted.onPrepare = async (_ctx, text) => {
    if (text === 'boom') throw new Error('boom')
  }
  world.start()
  const { id: bad } = await one('boom')
  const { id: good } = await one('fine')
  expect(await world.settled(good)).toMatchObject({ state: 'published' })
  expect(await world.waiting(bad)).toMatchObject({ failure: { rule: 'internal_error' }, tries: 1 })
  expect(world.troubles).toEqual(['Publishing failed before anything was sent: boom'])
})

test('a thread goes out in order, each part a reply to the one before', async () => {
  world.start()
  const { id } = await one('one\ntwo\nthree')
  expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
  expect(world.scripted.posts).toMatchObject([
    { text: 'one', replyTo: null },
    { text: 'two', replyTo: '1' },
    { text: 'three', replyTo: '2' },
  ])
})

test('a thread that stops in the middle goes on there, never from the top', async () => {
  let refuse = true
  world.scripted.onCommit = (request) => {
    if (request.text === 'two' && refuse) {
      refuse = false
      return { outcome: 'rejected', failure: failure('transient', { retryAfterMs: 0 }) }
    }
    return request.accepted()
  }
  const engine = world.start()
  const { id } = await one('one\ntwo\nthree')
  // Half a thread is visible, so it must not be edited or cancelled: it stays publishing while it waits.
  await until(
    () => world.delivery(id),
    (row) => row.state === 'publishing' && row.leaseOwner === null,
  )
  await sql`update deliveries set lease_until = clock_timestamp() where id = ${id}`.execute(world.ctx.db)
  engine.look()
  expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1', attempt: 1 })
  expect(world.texts()).toEqual(['one', 'two', 'three'])
})

test('a thread that fails for good in the middle says what is live', async () => {
  world.scripted.onCommit = (request) =>
    request.text === 'two' ? { outcome: 'rejected', failure: failure('permanent') } : request.accepted()
  world.start()
  const { id } = await one('one\ntwo')
  const row = await world.settled(id)
  expect(row).toMatchObject({ state: 'failed', externalId: '1', url: 'https://scripted.example/1' })
  expect((row.failure as unknown as Failure).message).toContain('Only the first 1 of its parts went out')

  world.scripted.onCommit = (request) => request.accepted()
  await world.ctx.db.transaction().execute((tx) => retryDelivery(tx, id, world.clock.now()))
  expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
  expect(world.texts()).toEqual(['one', 'two'])
})

test('a network that finishes later is asked until it is done', async () => {
  let polls = 0
  world.scripted.onCommit = () => ({ outcome: 'pending', token: { job: 7 }, pollAfterMs: 20 })
  world.scripted.onPoll = (_write, token, accept) => {
    expect(token).toEqual({ job: 7 })
    if (++polls < 3) return { outcome: 'pending', token, pollAfterMs: 20 }
    return { outcome: 'accepted', externalId: accept().externalId, url: null }
  }
  world.start()
  const { id } = await one('video')
  expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1', attempt: 1 })
  expect(polls).toBe(3)
  expect(world.scripted.sends).toHaveLength(1)
})

test('a poll that cannot be asked is asked again, and nothing is sent again', async () => {
  let polls = 0
  world.scripted.onCommit = () => ({ outcome: 'pending', token: 'job', pollAfterMs: 10 })
  world.scripted.onPoll = (_write, _token, accept) => {
    if (++polls === 1) throw new Error('away')
    return { outcome: 'accepted', externalId: accept().externalId, url: null }
  }
  const engine = world.start()
  const { id } = await one('video')
  await until(
    () => polls,
    (count) => count === 1,
  )
  await until(
    () => world.delivery(id),
    (row) => row.leaseOwner === null,
  )
  await sql`update deliveries set lease_until = clock_timestamp() where id = ${id}`.execute(world.ctx.db)
  engine.look()
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
  expect(world.scripted.sends).toHaveLength(1)
})

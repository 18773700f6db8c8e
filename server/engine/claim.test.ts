import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { schedulePosts, until } from '../../test/deliveries.ts'
import { engineWorld } from '../../test/engine.ts'
import { dueRowsMax } from '../storage/claims.ts'
import { claimBatchMax } from './timing.ts'

let world: Awaited<ReturnType<typeof engineWorld>>
beforeAll(async () => {
  world = await engineWorld()
})
beforeEach(() => world.renew())
afterEach(() => world.stop())
afterAll(() => world.close())

/** Posts `<account>-<n>`, `each` for every account, a millisecond apart, all due by now. */
async function backlog(accountIds: string[], each: number) {
  const dueBefore = world.clock.now().getTime()
  const posts = Array.from({ length: each }, (_, n) =>
    accountIds.map((accountId, a) => ({
      accountIds: [accountId],
      text: `${a}-${n}`,
      dueAt: new Date(dueBefore - (each - n)),
    })),
  )
  return await schedulePosts(world.ctx, world.tenant(), posts.flat())
}

const allPublished = async (count: number) => {
  const left = async () => {
    const { rows } = await sql<{ state: string; count: number }>`
      select state, count(*)::int as count from deliveries group by state`.execute(world.ctx.db)
    return Object.fromEntries(rows.map((row) => [row.state, row.count]))
  }
  await until(left, (states) => states.published === count, 60_000)
}

function expectOrderPerAccount(accounts: number, each: number) {
  const byAccount = new Map<string, string[]>()
  for (const post of world.scripted.posts)
    byAccount.set(post.accountId, [...(byAccount.get(post.accountId) ?? []), post.text])
  expect(byAccount.size).toBe(accounts)
  for (const texts of byAccount.values()) {
    const account = texts[0]?.split('-')[0]
    expect(texts).toEqual(Array.from({ length: each }, (_, n) => `${account}-${n}`))
  }
}

test('a thousand posts due at one instant over fifty accounts all go out, once, in order on each account', async () => {
  const accountIds = await world.accounts(50)
  await backlog(accountIds, 20)
  world.start()
  await allPublished(1_000)
  expect(world.scripted.posts).toHaveLength(1_000)
  expectOrderPerAccount(50, 20)
  expect(world.troubles).toEqual([])
})

test('two engines on one database share the work; nothing is doubled and the order holds', async () => {
  // More lanes than one claim takes, so that both find some.
  const accountIds = await world.accounts(2 * claimBatchMax)
  const busy = new Map<string, number>()
  let most = 0
  world.scripted.onCommit = async (request) => {
    const { id } = request.ctx.account
    busy.set(id, (busy.get(id) ?? 0) + 1)
    most = Math.max(most, busy.get(id) ?? 0)
    await new Promise(setImmediate)
    busy.set(id, (busy.get(id) ?? 0) - 1)
    return request.accepted()
  }
  const published = [0, 0]
  const counting = (index: 0 | 1) => ({
    settled: () => {
      published[index] = (published[index] ?? 0) + 1
    },
  })
  world.start({ observer: counting(0) })
  world.start({ observer: counting(1) })
  await backlog(accountIds, 3)
  await allPublished(6 * claimBatchMax)
  expect(world.scripted.posts).toHaveLength(6 * claimBatchMax)
  expectOrderPerAccount(2 * claimBatchMax, 3)
  expect(most).toBe(1)
  expect(Math.min(...published)).toBeGreaterThan(0)
})

test('an account that hangs delays no other', async () => {
  const [stuck = '', ...others] = await world.accounts(5)
  const released = Promise.withResolvers<void>()
  world.scripted.onCommit = async (request) => {
    if (request.ctx.account.id === stuck) await released.promise
    return request.accepted()
  }
  world.start({ timing: { answerGraceMs: 60_000 } })
  await backlog([stuck], 3)
  await backlog(others, 10)
  await until(
    () => world.scripted.posts.length,
    (count) => count === 40,
  )
  released.resolve()
  await allPublished(43)
})

test('an account with one post does not wait behind a long backlog of another', async () => {
  const [long = '', short = ''] = await world.accounts(2)
  const halfway = Promise.withResolvers<void>()
  world.scripted.onCommit = async (request) => {
    // The long account goes on only when the short one has had its turn.
    if (request.ctx.account.id === long) await halfway.promise
    else halfway.resolve()
    return request.accepted()
  }
  await schedulePosts(
    world.ctx,
    world.tenant(),
    Array.from({ length: dueRowsMax + 10 }, (_, n) => ({
      accountIds: [long],
      text: `long ${n}`,
      dueAt: new Date(world.clock.now().getTime() - 10_000),
    })),
  )
  const [id = ''] = await world.post([short], 'short')
  world.start({ timing: { answerGraceMs: 60_000 } })
  expect(await world.settled(id)).toMatchObject({ state: 'published' })
})

test('an account, a delivery or a post that somebody holds locked is skipped, and taken when it is free', async () => {
  const accountIds = await world.accounts(4)
  const ids: string[] = []
  const due = new Date(world.clock.now().getTime() + 300)
  for (const accountId of accountIds) ids.push(...(await world.post([accountId], `for ${accountId}`, due)))
  const [lockedAccount = '', lockedDelivery = '', lockedPost = '', free = ''] = ids
  world.start()
  await world.ctx.db.transaction().execute(async (tx) => {
    await sql`select id from accounts where id = ${accountIds[0]} for update`.execute(tx)
    await sql`select id from deliveries where id = ${lockedDelivery} for update`.execute(tx)
    await sql`select id from posts where id = (select post_id from deliveries where id = ${lockedPost}) for update`.execute(
      tx,
    )
    expect(await world.settled(free)).toMatchObject({ state: 'published' })
    for (const id of [lockedAccount, lockedDelivery, lockedPost])
      expect(await world.delivery(id)).toMatchObject({ state: 'scheduled' })
  })
  for (const id of ids) expect(await world.settled(id)).toMatchObject({ state: 'published' })
})

test('a network that this version does not know is left to the version that does', async () => {
  const accountIds = await world.accounts(1)
  await sql`update accounts set network = 'newer' where id = any (${accountIds}::uuid[])`.execute(
    world.ctx.db,
  )
  const [post] = await schedulePosts(
    world.ctx,
    world.tenant(),
    [{ accountIds, dueAt: world.clock.now(), text: 'newer' }],
    { network: 'newer' },
  )
  world.start()
  const [known = ''] = await world.post(await world.accounts(1), 'known')
  await world.settled(known)
  expect(await world.delivery(post?.deliveryIds[0] ?? '')).toMatchObject({ state: 'scheduled', attempt: 0 })
})

import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { until } from '../../test/deliveries.ts'
import { engineWorld } from '../../test/engine.ts'
import type { Recovery, WriteResult } from '../networks/network.ts'
import { resolveAsNotPublished, resolveAsPublished } from '../storage/resume.ts'

let world: Awaited<ReturnType<typeof engineWorld>>
afterEach(() => world.close())

const recovery: Recovery = { writeTimeoutMs: 200, settleMs: 50, repeatableMs: 0 }
const lost: WriteResult = { outcome: 'unknown', why: 'The line went dead.' }

const one = async (text: string) => {
  const [id = ''] = await world.post(await world.accounts(1), text)
  return id
}
const sends = () => world.scripted.sends.length

describe('a network that can be asked what happened', () => {
  test('an answer lost after the post was accepted: it is found, and not sent again', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onCommit = (request) => {
      request.accept()
      return lost
    }
    world.start()
    const id = await one('accepted, answer lost')
    expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1', tries: 0 })
    expect(sends()).toBe(1)
    expect(world.texts()).toHaveLength(1)
  })

  test('an answer lost before the post was accepted: it is proven absent twice, then sent again', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onCommit = (request) => (sends() === 1 ? lost : request.accepted())
    const engine = world.start()
    const id = await one('lost on the way')
    await world.waiting(id)
    expect(world.scripted.lookups).toBeGreaterThanOrEqual(2)
    expect(sends()).toBe(1)
    world.clock.advance(10_000)
    engine.look()
    expect(await world.settled(id)).toMatchObject({ state: 'published' })
    expect(world.texts()).toHaveLength(1)
    // The same write, so under the same key.
    expect(world.scripted.sends[0]?.key).toBe(world.scripted.sends[1]?.key)
    const writes = await world.ctx.db
      .selectFrom('writes')
      .select('state')
      .where('deliveryId', '=', id)
      .orderBy('id')
      .execute()
    expect(writes.map((write) => write.state)).toEqual(['absent', 'accepted'])
  })

  test('a post that shows up late is found, and absence is not believed too early', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onCommit = (request) => {
      // The server goes on with the request after the line broke; it shows before its timeout and settle time end.
      setTimeout(request.accept, 100)
      return lost
    }
    world.start()
    const id = await one('slow but there')
    expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
    expect(sends()).toBe(1)
  })

  test('an answer that never comes ends at the timeout and is looked up', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onCommit = (request) => {
      request.accept()
      return new Promise(() => undefined)
    }
    world.start()
    const id = await one('silence')
    expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
    expect(sends()).toBe(1)
  })

  test('a network that is away while it should be asked is asked again', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onCommit = (request) => {
      request.accept()
      return lost
    }
    let looks = 0
    world.scripted.onLookup = (_write, found) =>
      ++looks <= 8 || !found
        ? { outcome: 'unknown', why: 'away' }
        : { outcome: 'published', externalId: found.externalId, url: null }
    world.start({ timing: { looksMax: 20 } })
    const id = await one('away for a while')
    await until(
      () => looks,
      (count) => count > 5,
    )
    // Each further look waits three times longer; hurry them.
    const hurry = setInterval(() => {
      void sql`update deliveries set lease_until = clock_timestamp()
        where state = 'publishing' and lease_owner is null`.execute(world.ctx.db)
    }, 100)
    expect(await world.settled(id)).toMatchObject({ state: 'published' })
    clearInterval(hurry)
    expect(sends()).toBe(1)
  })
})

describe('a network that cannot tell what happened', () => {
  const unsure = () => ({ outcome: 'unknown', why: 'There is no way to look.' }) as const

  test('within the life of an idempotency key, the same write is sent again with the same key', async () => {
    world = await engineWorld({ recovery: { ...recovery, repeatableMs: 60_000 } })
    const accepted = new Map<string, WriteResult>()
    world.scripted.onLookup = unsure
    world.scripted.onCommit = (request) => {
      // As an idempotent server does: the first request counts, the second gets its answer.
      const known = accepted.get(request.write.key)
      if (known) return known
      accepted.set(request.write.key, request.accepted())
      return lost
    }
    world.start()
    const id = await one('idempotent')
    expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
    expect(sends()).toBe(2)
    expect(world.texts()).toHaveLength(1)
    const writes = world.ctx.db.selectFrom('writes').select(['state']).where('deliveryId', '=', id)
    expect(await writes.execute()).toEqual([{ state: 'accepted' }])
  })

  test.each([
    ['otherwise', recovery],
    [
      'where the key protects other kinds of writes',
      { ...recovery, repeatableMs: 60_000, repeatableKinds: ['comment' as const] },
    ],
  ])('%s nothing is sent blindly: a person must look, and is asked to', async (_where, recovery) => {
    world = await engineWorld({ recovery })
    world.scripted.onLookup = unsure
    world.scripted.onCommit = () => lost
    world.start()
    const id = await one('who knows')
    expect(await world.settled(id)).toMatchObject({ state: 'uncertain', failure: { rule: 'uncertain' } })
    expect(sends()).toBe(1)
    expect(await world.events()).toEqual(['delivery.uncertain', 'post.failed'])
    expect(await world.postStatus(id)).toBe('uncertain')
    expect(await world.log(id)).toContain('uncertain')
  })

  test('"it is live, here is the address" settles it', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onLookup = unsure
    world.scripted.onCommit = () => lost
    world.start()
    const id = await one('live')
    await world.settled(id)
    const url = 'https://scripted.example/found'
    await world.ctx.db.transaction().execute((tx) => resolveAsPublished(tx, id, url, world.clock.now()))
    expect(await world.delivery(id)).toMatchObject({ state: 'published', url })
    expect(await world.postStatus(id)).toBe('published')
    expect(sends()).toBe(1)
  })

  test('"it is not, send it again" sends it again', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onLookup = unsure
    world.scripted.onCommit = () => lost
    world.start()
    const id = await one('not live')
    await world.settled(id)
    world.scripted.onCommit = (request) => request.accepted()
    await world.ctx.db.transaction().execute((tx) => resolveAsNotPublished(tx, id, world.clock.now()))
    expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
    expect(world.texts()).toEqual(['not live'])
  })

  test('in a thread, the parts that are out stay, and the uncertain one is not sent again', async () => {
    world = await engineWorld({ recovery })
    world.scripted.onLookup = unsure
    world.scripted.onCommit = (request) => (request.text === 'two' ? lost : request.accepted())
    world.start()
    const id = await one('one\ntwo\nthree')
    expect(await world.settled(id)).toMatchObject({ state: 'uncertain' })
    expect(world.texts()).toEqual(['one'])
    world.scripted.onCommit = (request) => request.accepted()
    await world.ctx.db.transaction().execute((tx) => resolveAsNotPublished(tx, id, world.clock.now()))
    expect(await world.settled(id)).toMatchObject({ state: 'published', externalId: '1' })
    expect(world.texts()).toEqual(['one', 'two', 'three'])
  })
})

test('an account that was disconnected while its post was being sent settles that post and nothing more', async () => {
  world = await engineWorld({ recovery })
  const [accountId = ''] = await world.accounts(1)
  world.scripted.onCommit = async (request) => {
    await sql`update accounts set state = 'disconnected', secret = null where id = ${accountId}`.execute(
      world.ctx.db,
    )
    return request.accepted()
  }
  world.start()
  const [first = ''] = await world.post([accountId], 'first')
  const [second = ''] = await world.post([accountId], 'second')
  expect(await world.settled(first)).toMatchObject({ state: 'published' })
  expect(await world.settled(second)).toMatchObject({ state: 'cancelled' })
  expect(world.texts()).toEqual(['first'])
})

import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { testContext } from '../../test/context.ts'
import { addChores } from '../storage/chores.ts'
import { runChores } from './run-chores.ts'

let world: Awaited<ReturnType<typeof testContext>>
beforeAll(async () => {
  world = await testContext()
})
afterAll(() => world.close())

const start = (tasks: Record<string, (payload: Record<string, string>) => Promise<void>>) =>
  runChores({
    ...world.ctx,
    connectionString: world.connectionString,
    host: 'test',
    tasks,
    daily: [],
    trouble: () => undefined,
    beatMs: 100,
    silentMs: 1_000,
  })

test('a chore is done once, and one that throws is tried again', async () => {
  const done: string[] = []
  const chores = await start({
    fine: async ({ word }) => void done.push(word as string),
    flawed: async ({ word }) => {
      done.push(word as string)
      throw new Error('not today')
    },
  })
  await addChores(world.ctx.db, [
    { task: 'fine', payload: { word: 'a' } },
    { task: 'flawed', payload: { word: 'b' }, triesMax: 3 },
  ])
  await vi.waitFor(() => expect(done.toSorted()).toEqual(['a', 'b']), { timeout: 10_000 })
  await chores.stop()
  const { rows } = await sql<{
    task: string
  }>`select task_identifier as task from graphile_worker.jobs`.execute(world.ctx.db)
  expect(rows).toEqual([{ task: 'flawed' }])
})

test('what a dead process held is done by another within seconds', async () => {
  let done = 0
  // A process that locked the chore and was killed: its lock stays, and it beats no more.
  await addChores(world.ctx.db, [{ task: 'orphan', payload: {} }])
  await sql`
    update graphile_worker._private_jobs set locked_by = 'pool-dead', locked_at = now() - interval '2 seconds',
       attempts = 1
    where task_id = (select id from graphile_worker._private_tasks where identifier = 'orphan')`.execute(
    world.ctx.db,
  )
  const chores = await start({
    orphan: async () => {
      done++
    },
  })
  await vi.waitFor(() => expect(done).toBe(1), { timeout: 15_000 })
  await chores.stop()
})

test('a long chore of a living process is left alone', async () => {
  let begun = 0
  let finish: () => void = () => undefined
  const long = async () => {
    begun++
    await new Promise<void>((done) => {
      finish = done
    })
  }
  const [one, other] = await Promise.all([start({ long }), start({ long })])
  await addChores(world.ctx.db, [{ task: 'long', payload: {} }])
  await vi.waitFor(() => expect(begun).toBe(1), { timeout: 10_000 })
  // Longer than silence would have to last; both keep beating.
  const since = Date.now()
  await vi.waitFor(
    async () => {
      const { rows } = await sql<{ at: Date }>`
        select max(beat_at) as at from processes where role like 'chores %'`.execute(world.ctx.db)
      expect((rows[0]?.at.getTime() ?? 0) - since).toBeGreaterThan(2_500)
    },
    { timeout: 10_000 },
  )
  expect(begun).toBe(1)
  finish()
  await Promise.all([one.stop(), other.stop()])
})

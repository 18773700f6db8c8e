import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testPosting } from '../../test/posting.ts'
import type { UserActor } from '../domain/actor.ts'
import { refreshPostStatus } from '../storage/post-status.ts'
import { cancelPost } from './cancel-post.ts'
import { deletePost } from './delete-post.ts'
import { publishPostNow } from './publish-post-now.ts'
import { readPost } from './read-post.ts'
import { schedulePost } from './schedule-post.ts'
import { updatePost } from './update-post.ts'

/**
 * People against the engine: a worker that claims, fences and records under the engine's conditions, held still at
 * each point while somebody edits, moves, publishes, cancels or deletes.
 */

let world: Awaited<ReturnType<typeof testPosting>>
let actor: UserActor
let accountId: string

beforeAll(async () => {
  world = await testPosting()
  actor = {
    kind: 'user',
    userId: world.owner.userId,
    sessionId: world.ctx.newId(),
    isInstanceAdmin: false,
    dialect: 'mypost',
    requestId: 'req_test',
  }
})
afterAll(() => world.close())
beforeEach(async () => {
  accountId = await world.addAccount()
})

interface Claim {
  postId: string
  deliveryId: string
  attempt: number
  /** "About to send" to disk. @returns whether it may be sent. */
  fence(): Promise<boolean>
  /** It is out. @returns whether that could be recorded. */
  settle(): Promise<boolean>
}

async function claimed(): Promise<Claim> {
  const { db } = world.ctx
  const { id: postId } = await world.newPost({
    content: 'Hello',
    targetAccountIds: [accountId],
    scheduledAt: world.inAnHour(),
  })
  const [delivery] = await world.deliveriesOf(postId)
  const deliveryId = delivery?.id as string
  const owner = world.ctx.newId()
  await sql`update deliveries set checkpoint = '{"steps":{"upload":{"value":"old"}}}', tries = 2 where id = ${deliveryId}`.execute(
    db,
  )
  const { rows } = await sql<{ attempt: number }>`
    update deliveries set state = 'publishing', attempt = attempt + 1, lease_owner = ${owner},
           lease_until = clock_timestamp() + interval '1 minute'
    where id = ${deliveryId} and state = 'scheduled' returning attempt`.execute(db)
  const attempt = rows[0]?.attempt as number
  await sql`
    insert into attempts (id, workspace_id, delivery_id, network, number, process_id, started_at)
    values (${world.ctx.newId()}, ${world.owner.workspaceId}, ${deliveryId}, 'chirp', ${attempt}, ${owner}, now())`.execute(
    db,
  )
  await refreshPostStatus(db, [postId], world.ctx.clock.now())
  const stillOurs = sql`id = ${deliveryId} and attempt = ${attempt} and state = 'publishing'
    and lease_owner = ${owner} and lease_until > clock_timestamp()`
  const record = async (set: ReturnType<typeof sql>) =>
    (await sql`update deliveries set ${set} where ${stillOurs} returning id`.execute(db)).rows.length === 1
  return {
    postId,
    deliveryId,
    attempt,
    fence: () => record(sql`fenced = true`),
    settle: async () => {
      const recorded = await record(sql`state = 'published', published_at = now(), lease_owner = null`)
      await refreshPostStatus(db, [postId], world.ctx.clock.now())
      return recorded
    },
  }
}

const later = () => new Date(world.ctx.clock.now().getTime() + 86_400_000)
const verbs: Record<string, (postId: string) => Promise<unknown>> = {
  edit: (postId) => updatePost(world.ctx, actor, { postId, changes: { text: 'Changed' } }),
  move: (postId) => schedulePost(world.ctx, actor, { postId, dueAt: later() }),
  'publish now': (postId) => publishPostNow(world.ctx, actor, { postId }),
  cancel: (postId) => cancelPost(world.ctx, actor, { postId }),
  delete: (postId) => deletePost(world.ctx, actor, { postId }),
}
const everyVerb = Object.entries(verbs).map(([name, run]) => ({ name, run }))

test.each(everyVerb)('a claim that has sent nothing yields to: $name', async ({ run }) => {
  const worker = await claimed()
  await run(worker.postId)
  expect(await worker.fence()).toBe(false)
  expect(await worker.settle()).toBe(false)
})

test.each(everyVerb)('while a write is open, this is refused with the reason: $name', async ({ run }) => {
  const worker = await claimed()
  expect(await worker.fence()).toBe(true)
  const before = await world.deliveriesOf(worker.postId)
  await expect(run(worker.postId)).rejects.toMatchObject({
    code: 'wrong_state',
    rule: 'post_publishing',
    message: expect.stringContaining('being sent to a network right now'),
  })
  expect(await world.deliveriesOf(worker.postId)).toEqual(before)
  expect(await worker.settle()).toBe(true)
})

test('an edit that was accepted is what goes out: nothing prepared for the old content is left', async () => {
  const worker = await claimed()
  await verbs.edit?.(worker.postId)
  const [delivery] = await world.deliveriesOf(worker.postId)
  expect(delivery).toMatchObject({
    state: 'scheduled',
    checkpoint: {},
    tries: 0,
    leaseOwner: null,
    leaseUntil: null,
    attempt: worker.attempt + 1,
  })
  expect(delivery?.wakeAt).toEqual(delivery?.dueAt)
  const attempts = await world.ctx.db
    .selectFrom('attempts')
    .selectAll()
    .where('deliveryId', '=', worker.deliveryId)
    .execute()
  expect(attempts).toMatchObject([{ outcome: 'yielded', finishedAt: expect.any(Date) }])
})

test('a change that is not about the content keeps what was prepared', async () => {
  const worker = await claimed()
  await verbs.move?.(worker.postId)
  const [delivery] = await world.deliveriesOf(worker.postId)
  expect(delivery).toMatchObject({ state: 'scheduled', checkpoint: { steps: { upload: { value: 'old' } } } })
  expect(delivery?.wakeAt?.getTime()).toBeGreaterThan(world.ctx.clock.now().getTime() + 80_000_000)
})

test('an edit of the labels alone does not take a claim back', async () => {
  const worker = await claimed()
  await updatePost(world.ctx, actor, { postId: worker.postId, changes: { timezone: 'Europe/Zurich' } })
  expect(await worker.fence()).toBe(true)
})

test('a cancelled post stays cancelled, whatever its worker still records', async () => {
  const worker = await claimed()
  await verbs.cancel?.(worker.postId)
  await worker.settle()
  const post = await readPost(world.ctx, actor, { postId: worker.postId })
  expect(post).toMatchObject({ status: 'draft', dueAt: null, deliveries: [{ state: 'draft', dueAt: null }] })
})

test.each(everyVerb)(
  'a fence and a person at the same instant: one of them wins, never both ($name)',
  async ({ run }) => {
    for (let round = 0; round < 5; round++) {
      accountId = await world.addAccount()
      const worker = await claimed()
      const [fenced, asked] = await Promise.allSettled([worker.fence(), run(worker.postId)])
      const sent = fenced.status === 'fulfilled' && fenced.value
      expect(sent).toBe(asked.status === 'rejected')
      if (asked.status === 'rejected') expect(asked.reason).toMatchObject({ rule: 'post_publishing' })
    }
  },
)

test('two people change one post at once: both are carried out, one after the other', async () => {
  const { postId } = await claimed()
  const second = await world.addAccount()
  await Promise.all([
    updatePost(world.ctx, actor, { postId, changes: { text: 'One' } }),
    updatePost(world.ctx, actor, { postId, changes: { targetAccountIds: [accountId, second] } }),
    schedulePost(world.ctx, actor, { postId, dueAt: later() }),
  ])
  const post = await readPost(world.ctx, actor, { postId })
  expect(post).toMatchObject({ text: 'One', status: 'scheduled' })
  expect(post.deliveries.map((delivery) => delivery.accountId)).toEqual([accountId, second])
})

test('of two who saw the same version, the second is told', async () => {
  const { postId } = await claimed()
  const { version } = await readPost(world.ctx, actor, { postId })
  const both = await Promise.allSettled(
    ['One', 'Two'].map((text) => updatePost(world.ctx, actor, { postId, changes: { text }, version })),
  )
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'precondition_failed' },
  })
})

test('a part of a thread is out, the rest waits for its next try: no edit, and a cancel keeps what is out', async () => {
  const worker = await claimed()
  const { db } = world.ctx
  await sql`
    insert into writes (id, workspace_id, delivery_id, attempt, position, kind, key, state, fenced_at, external_id, url)
    values (${world.ctx.newId()}, ${world.owner.workspaceId}, ${worker.deliveryId}, ${worker.attempt}, 0, 'post', 'k',
            'accepted', now(), 'x1', 'https://chirp.example/x1')`.execute(db)
  await sql`update deliveries set state = 'scheduled', lease_owner = null where id = ${worker.deliveryId}`.execute(
    db,
  )
  await refreshPostStatus(db, [worker.postId], world.ctx.clock.now())
  await expect(verbs.edit?.(worker.postId)).rejects.toMatchObject({ rule: 'post_published' })
  await verbs.cancel?.(worker.postId)
  const post = await readPost(world.ctx, actor, { postId: worker.postId })
  expect(post).toMatchObject({
    status: 'failed',
    deliveries: [{ state: 'failed', failure: { rule: 'stopped_partway' }, begun: true }],
  })
})

import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import {
  connectCircle,
  delivery,
  deliveryRow,
  eventsOf,
  failureOf,
  otherBrand,
  owner,
  postStatusOf,
  script,
  sealedSecretOf,
  world,
} from '../../test/account-world.ts'
import { finishDisconnecting } from './finish-disconnecting.ts'

test('disconnecting cancels what waited, keeps what is out, and forgets the credential', async () => {
  const account = await connectCircle()
  const other = await connectCircle('bob')
  const scheduled = await delivery(account.id, 'scheduled')
  const held = await delivery(account.id, 'held')
  const claimed = await delivery(account.id, 'publishing')
  const published = await delivery(account.id, 'published')
  const uncertain = await delivery(account.id, 'uncertain')
  const draft = await delivery(account.id, 'draft')
  const shared = await delivery(account.id, 'scheduled')
  const sharedElsewhere = await delivery(other.id, 'scheduled', { postId: shared.postId })

  const answer = await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  expect(answer.statusCode).toBe(204)
  expect(answer.headers['x-cancelled-posts']).toBe('4')
  expect(answer.headers['x-revocation']).toBe('revoked')
  for (const one of [scheduled, held, claimed, shared])
    expect(await deliveryRow(one.id)).toMatchObject({
      state: 'cancelled',
      attempt: 4,
      wakeAt: null,
      leaseOwner: null,
    })
  expect((await deliveryRow(published.id))?.state).toBe('published')
  expect((await deliveryRow(uncertain.id))?.state).toBe('uncertain')
  expect(await deliveryRow(draft.id)).toBeUndefined()
  expect((await deliveryRow(sharedElsewhere.id))?.state).toBe('scheduled')
  expect(await postStatusOf(scheduled.postId)).toBe('cancelled')
  expect(await postStatusOf(draft.postId)).toBe('draft')
  expect(await postStatusOf(shared.postId)).toBe('scheduled')
  expect(await postStatusOf(published.postId)).toBe('published')

  expect(script.calls.at(-1)).toMatchObject({ what: 'revoke', secret: { accessToken: 'hush-access-ada' } })
  const row = await world.ctx.db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', account.id)
    .executeTakeFirstOrThrow()
  expect(row).toMatchObject({ state: 'disconnected', secret: null, tokenExpiresAt: null })
  expect((await owner('GET', `/api/v1/social-accounts/${account.id}`)).statusCode).toBe(404)
  expect((await owner('DELETE', `/api/v1/social-accounts/${account.id}`)).statusCode).toBe(404)
  const story = await world.ctx.db
    .selectFrom('publishLog')
    .select('message')
    .where('deliveryId', '=', scheduled.id)
    .executeTakeFirstOrThrow()
  expect(story.message).toBe('Not published: the account Name of ada was disconnected.')
})

test('queues and recurrences forget a disconnected account; what is left without one stops', async () => {
  const { ctx } = world
  const account = await connectCircle()
  const other = await connectCircle('bob')
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  const place = { workspaceId: owner.workspaceId, brandId: owner.brandId }
  const queueId = ctx.newId()
  await ctx.db
    .insertInto('queues')
    .values({ id: queueId, ...place, name: 'Mornings', timezone: 'UTC', ...at })
    .execute()
  const slots = { alone: [account.id], both: [account.id, other.id], network: ['circle'], any: [] }
  for (const [index, targets] of Object.values(slots).entries())
    await ctx.db
      .insertInto('queueSlots')
      .values({
        id: ctx.newId(),
        workspaceId: owner.workspaceId,
        queueId,
        weekday: 1,
        localTime: '09:00',
        targets,
        position: index,
      })
      .execute()
  const recurrence = async (targetAccountIds: string[]) => {
    const id = ctx.newId()
    await ctx.db
      .insertInto('recurrences')
      .values({
        id,
        ...place,
        name: 'Weekly',
        cron: '0 9 * * 1',
        timezone: 'UTC',
        template: '{}',
        targetAccountIds,
        autoSchedule: true,
        status: 'active',
        ...at,
      })
      .execute()
    return id
  }
  const lonely = await recurrence([account.id])
  const shared = await recurrence([other.id, account.id])

  await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  const left = await ctx.db.selectFrom('queueSlots').select('targets').orderBy('position').execute()
  expect(left.map((slot) => slot.targets)).toEqual([[other.id], ['circle'], []])
  const recurrenceRow = (id: string) =>
    ctx.db.selectFrom('recurrences').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect(await recurrenceRow(lonely)).toMatchObject({ status: 'paused', targetAccountIds: [] })
  expect(await recurrenceRow(shared)).toMatchObject({ status: 'active', targetAccountIds: [other.id] })
})

test('a write under way settles first, and only then is the credential revoked', async () => {
  const account = await connectCircle()
  const open = await delivery(account.id, 'publishing', { fenced: true })
  const answer = await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  expect(answer.headers['x-revocation']).toBe('later')
  expect(await deliveryRow(open.id)).toMatchObject({ state: 'publishing', attempt: 3 })
  expect(script.calls.map((call) => call.what)).toEqual(['open'])
  await finishDisconnecting(world.ctx, account.id)
  expect(script.calls.map((call) => call.what)).toEqual(['open'])

  // It went wrong and would be tried again: there is no account any more to try it with.
  await world.ctx.db
    .updateTable('deliveries')
    .set({
      state: 'scheduled',
      fenced: false,
      leaseOwner: null,
      leaseUntil: null,
      wakeAt: world.ctx.clock.now(),
    })
    .where('id', '=', open.id)
    .execute()
  await finishDisconnecting(world.ctx, account.id)
  expect((await deliveryRow(open.id))?.state).toBe('cancelled')
  expect(script.calls.map((call) => call.what)).toEqual(['open', 'revoke'])
  await finishDisconnecting(world.ctx, account.id)
  expect(script.calls).toHaveLength(2)
})

test('a network that does not take the credential back is reported; it is gone here all the same', async () => {
  const account = await connectCircle()
  script.revokes = { outcome: 'failed', failure: failureOf('transient') }
  const answer = await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  expect([answer.statusCode, answer.headers['x-revocation']]).toEqual([204, 'failed'])
  expect(await sealedSecretOf(account.id)).toBeNull()
})

test('a process that died before it revoked leaves a chore that does', async () => {
  const account = await connectCircle()
  script.whileRevoking = async () => {
    throw new Error('the process dies here')
  }
  expect((await owner('DELETE', `/api/v1/social-accounts/${account.id}`)).statusCode).toBe(500)
  script.whileRevoking = async () => undefined
  const { rows } = await sql<{ payload: { accountId: string } }>`
    select payload from graphile_worker._private_jobs where key = ${`revoke_credential:${account.id}`}`.execute(
    world.ctx.db,
  )
  expect(rows).toEqual([{ payload: { accountId: account.id } }])
  await finishDisconnecting(world.ctx, account.id)
  expect(await sealedSecretOf(account.id)).toBeNull()
})

test('the same outside account connected again is the same account, in whichever brand it is now', async () => {
  const account = await connectCircle()
  await owner('DELETE', `/api/v1/social-accounts/${account.id}`)
  const brandId = await otherBrand('Second home')
  const revived = await connectCircle('ada', owner, brandId)
  expect(revived).toMatchObject({ id: account.id, brandId, status: 'active' })
  expect((await eventsOf(account.id)).map((event) => event.type)).toEqual([
    'account.connected',
    'account.disconnected',
    'account.connected',
  ])
  // The chore of the first time finds an account that is back, and leaves it alone.
  await finishDisconnecting(world.ctx, account.id)
  expect(await sealedSecretOf(account.id)).not.toBeNull()
})

test('whoever disconnects waits for the post before taking its deliveries, so that two changes never wait for each other', async () => {
  const account = await connectCircle()
  const one = await delivery(account.id, 'scheduled')
  const { db } = world.ctx
  let disconnecting: ReturnType<typeof owner> | undefined
  await db.transaction().execute(async (tx) => {
    await sql`select id from posts where id = ${one.postId} for update`.execute(tx)
    disconnecting = owner('DELETE', `/api/v1/social-accounts/${account.id}`)
    await vi.waitFor(
      async () => {
        const { rows } = await sql`
          select pid from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
        expect(rows).toHaveLength(1)
      },
      { timeout: 20_000 },
    )
    // A change of the post goes on to its deliveries, as an edit does; nobody stands in its way.
    await sql`select id from deliveries where id = ${one.id} for update nowait`.execute(tx)
  })
  expect((await disconnecting)?.statusCode).toBe(204)
  expect((await deliveryRow(one.id))?.state).toBe('cancelled')
})

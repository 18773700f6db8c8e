import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'
import { nextFreeSlot } from '../../operations/next-free-slot.ts'
import { readPost } from '../../operations/read-post.ts'

let server: Awaited<ReturnType<typeof testApp>>
let key: string
beforeAll(async () => {
  server = await testApp()
  key = (await server.owner('POST', '/admin/keys', { name: 'x', tier: 'enterprise' })).json().data.key.api_key
})
afterAll(() => server.close())

const api = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body?: unknown,
  workspaceId = server.owner.workspaceId,
) =>
  server.app.inject({
    method,
    url,
    headers: { 'x-api-key': key, 'x-workspace-id': `ws_${workspaceId}` },
    ...(body === undefined ? {} : { payload: body as object }),
  })

async function accountOn(network: string) {
  const { ctx, owner } = server
  const id = ctx.newId()
  const now = ctx.clock.now()
  const { workspaceId, brandId } = owner
  await ctx.db
    .insertInto('accounts')
    .values({
      id,
      workspaceId,
      brandId,
      network,
      externalId: id,
      kind: 'page',
      name: network,
      state: 'active',
      connectedAt: now,
      createdAt: now,
      updatedAt: now,
    })
    .execute()
  return id
}

async function scheduledPost(accountId: string, at: string, status: 'scheduled' | 'published' = 'scheduled') {
  const { ctx, owner } = server
  const id = ctx.newId()
  const now = ctx.clock.now()
  const { workspaceId, brandId } = owner
  const { network } = await ctx.db
    .selectFrom('accounts')
    .select('network')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
  await ctx.db
    .insertInto('posts')
    .values({
      id,
      workspaceId,
      brandId,
      origin: 'mypost',
      text: 'x',
      status,
      dueAt: at,
      contentHash: Buffer.from('x'),
      createdAt: now,
      updatedAt: now,
    })
    .execute()
  await ctx.db
    .insertInto('deliveries')
    .values({
      id: ctx.newId(),
      workspaceId,
      postId: id,
      accountId,
      network,
      position: 0,
      state: status,
      dueAt: at,
      createdAt: now,
      updatedAt: now,
    })
    .execute()
  return id
}

test('a schedule shows its slots, the posts that fall into them in local time, and the next free one', async () => {
  server.clock.set(new Date('2026-01-20T12:00:00Z'))
  const account = await accountOn('facebook')
  const slots = [
    { day: 'monday', time: '09:00', platforms: ['facebook'] },
    { day: 'wednesday', time: '09:00', platforms: [`acc_${account}`] },
  ]
  // No adapter is registered in this test, so networks are known by their accounts only.
  const refused = await api('POST', '/api/schedules', {
    name: 'Morning Posts',
    timezone: 'Europe/Paris',
    slots,
  })
  expect(refused.json().error.details).toEqual({
    'slots.0.platforms': expect.stringContaining('neither a known platform'),
  })

  const own = slots.map((slot) => ({ ...slot, platforms: [`acc_${account}`] }))
  const made = await api('POST', '/api/schedules', {
    name: 'Morning Posts',
    description: 'Daily',
    timezone: 'Europe/Paris',
    slots: own,
  })
  expect(made.statusCode).toBe(201)
  const { id } = made.json().data.schedule
  const waiting = await scheduledPost(account, '2026-01-21T08:00:00Z')
  await scheduledPost(account, '2026-01-21T08:01:00Z')
  await scheduledPost(account, '2026-01-19T08:00:00Z', 'published')
  const read = (await api('GET', `/api/schedules/${id}`)).json().data.schedule
  expect(read).toMatchObject({
    name: 'Morning Posts',
    timezone: 'Europe/Paris',
    is_active: true,
    upcoming_posts: [
      { slot_time: '2026-01-21T09:00:00+01:00', post_id: `post_${waiting}`, platforms: ['facebook'] },
    ],
    stats: { total_published: 1, this_week: 1, next_slot: '2026-01-21T09:00:00+01:00' },
  })
  expect(read.slots.map((slot: { day: string }) => slot.day)).toEqual(['monday', 'wednesday'])

  const draft = await scheduledPost(account, '2030-01-01T00:00:00Z')
  const { ctx, owner } = server
  const actor = {
    kind: 'user',
    userId: owner.userId,
    sessionId: 's',
    isInstanceAdmin: true,
    dialect: 'oui-post',
    requestId: 'r',
  } as const
  const post = await readPost(ctx, actor, { postId: draft })
  const queueId = id.slice('sched_'.length)
  expect((await nextFreeSlot(ctx, actor, { queueId, post })).at.toISOString()).toBe(
    '2026-01-26T08:00:00.000Z',
  )
})

test('changing replaces the slots, switching off leaves no next slot, deleting is for good', async () => {
  const account = await accountOn('twitter')
  const slot = (day: string, time: string) => ({ day, time, platforms: [account] })
  const { id } = (
    await api('POST', '/api/schedules', {
      name: 'A',
      slots: [slot('monday', '09:00'), slot('friday', '09:00')],
    })
  ).json().data.schedule
  const changed = await api('PUT', `/api/schedules/${id}`, {
    name: 'B',
    is_active: false,
    slots: [slot('tuesday', '10:00')],
  })
  expect(changed.json().data.schedule).toMatchObject({ name: 'B', is_active: false })
  const read = (await api('GET', `/api/schedules/${id}`)).json().data.schedule
  expect(read.slots).toMatchObject([{ day: 'tuesday', time: '10:00', platforms: [`acc_${account}`] }])
  expect(read.stats.next_slot).toBeNull()
  expect((await api('DELETE', `/api/schedules/${id}`)).json().data.message).toBe(
    'Schedule deleted successfully',
  )
  expect((await api('GET', `/api/schedules/${id}`)).statusCode).toBe(404)
})

test('bad days, times, zones and empty slots are 422; a foreign workspace is refused, its schedule unknown', async () => {
  const account = await accountOn('linkedin')
  const good = { day: 'monday', time: '09:00', platforms: [account] }
  for (const [body, path] of [
    [{ name: 'x', slots: [] }, 'slots'],
    [{ name: 'x', slots: [{ ...good, day: 'someday' }] }, 'slots.0.day'],
    [{ name: 'x', slots: [{ ...good, time: '25:00' }] }, 'slots.0.time'],
    [{ name: 'x', slots: [good], timezone: 'Mars/Base' }, 'timezone'],
    [{ slots: [good] }, 'name'],
  ] as const) {
    const answer = await api('POST', '/api/schedules', body)
    expect([answer.statusCode, Object.keys(answer.json().error.details)]).toEqual([422, [path]])
  }
  const { id } = (await api('POST', '/api/schedules', { name: 'x', slots: [good] })).json().data.schedule
  const other = await server.stranger('tenant@example.com')
  for (const method of ['GET', 'PUT', 'DELETE'] as const)
    expect(
      (
        await api(
          method,
          `/api/schedules/${id}`,
          method === 'PUT' ? { name: 'y' } : undefined,
          other.workspaceId,
        )
      ).statusCode,
    ).toBe(404)
  const missing = await server.app.inject({ url: '/api/schedules', headers: { 'x-api-key': key } })
  expect([missing.statusCode, missing.json().error.code]).toEqual([400, 'WORKSPACE_REQUIRED'])
})

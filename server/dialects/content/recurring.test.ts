import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testPosting } from '../../../test/posting.ts'
import { makeOccurrences } from '../../operations/make-occurrences.ts'

const gatewayKey = 'the key that only the gateway knows'

let world: Awaited<ReturnType<typeof testPosting>>
let chirpId: string
let galleryId: string

beforeAll(async () => {
  world = await testPosting()
  world.ctx.settings.contentGatewayKey = gatewayKey
  chirpId = await world.addAccount('chirp')
  galleryId = await world.addAccount('gallery')
})
afterAll(() => world.close())
beforeEach(() => world.clock.set(new Date('2030-01-05T12:00:00Z'))) // a Saturday

/** Days pass in these stories, which no access token outlives: the gateway asks. */
async function ask(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object,
  { permissions = 'content:recurring.read content:recurring.write', tenantId = world.owner.workspaceId } = {},
) {
  const answer = await world.app.inject({
    method,
    url: `/content/recurring${path}`,
    ...(payload && { payload }),
    headers: {
      'x-gateway-key': gatewayKey,
      'x-tenant-id': tenantId,
      'x-user-id': 'user-7',
      'x-user-permissions': permissions,
    },
  })
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() }
}

const documented = (more: object = {}) => ({
  name: 'Motivation Monday',
  cronExpression: '0 10 * * 1',
  timezone: 'Asia/Kolkata',
  templateCaption: 'Start your week strong!',
  templateMediaIds: [],
  targetConnectionIds: [chirpId],
  autoSchedule: true,
  ...more,
})

async function made(more: object = {}) {
  const { status, body } = await ask('POST', '', documented(more))
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

const slotsOf = async (id: string) =>
  (
    await world.ctx.db
      .selectFrom('posts')
      .selectAll()
      .where('recurrenceId', '=', id)
      .orderBy('dueAt')
      .execute()
  ).map(({ dueAt, status, text }) => [dueAt?.toISOString(), status, text])

test('the documented pattern is kept as it was given, listed, and knows its next run', async () => {
  const recurring = await made()
  expect(recurring).toEqual({
    id: expect.any(String),
    ...documented(),
    status: 'active',
    nextRunAt: '2030-01-07T04:30:00.000Z', // Monday at ten in Kolkata
    lastRunAt: null,
    createdAt: expect.stringMatching(/^2030-01-05T12:00:/),
  })
  const { body } = await ask('GET', '')
  expect(body.data).toContainEqual(recurring)
})

test('its slots are made a day ahead, scheduled or as drafts', async () => {
  const scheduled = await made()
  const drafts = await made({ autoSchedule: false })
  await makeOccurrences(world.ctx, scheduled.id)
  expect(await slotsOf(scheduled.id)).toEqual([])
  world.clock.set(new Date('2030-01-06T12:00:00Z'))
  for (const { id } of [scheduled, drafts]) await makeOccurrences(world.ctx, id)
  const due = '2030-01-07T04:30:00.000Z'
  expect(await slotsOf(scheduled.id)).toEqual([[due, 'scheduled', 'Start your week strong!']])
  expect(await slotsOf(drafts.id)).toEqual([[due, 'draft', 'Start your week strong!']])
  const { body } = await ask('GET', '')
  expect(body.data.find((one: { id: string }) => one.id === scheduled.id)).toMatchObject({
    lastRunAt: due,
    nextRunAt: '2030-01-14T04:30:00.000Z',
  })
})

test('a pause stops new slots and keeps those that exist; resuming makes up for nothing', async () => {
  const { id } = await made({ cronExpression: '0 9 * * *', timezone: 'UTC' })
  await makeOccurrences(world.ctx, id)
  const before = await slotsOf(id)
  expect(before).toHaveLength(1)
  for (const _ of [1, 2])
    expect(await ask('POST', `/${id}/pause`)).toMatchObject({ status: 200, body: { status: 'paused' } })
  world.clock.set(new Date('2030-01-10T12:00:00Z'))
  await makeOccurrences(world.ctx, id)
  expect(await slotsOf(id)).toEqual(before)
  for (const _ of [1, 2])
    expect(await ask('POST', `/${id}/resume`)).toMatchObject({
      status: 200,
      body: { status: 'active', nextRunAt: '2030-01-11T09:00:00.000Z' },
    })
  await makeOccurrences(world.ctx, id)
  expect((await slotsOf(id)).map(([dueAt]) => dueAt)).toEqual([
    '2030-01-06T09:00:00.000Z',
    '2030-01-11T09:00:00.000Z',
  ])
})

test('a change is for slots to come, and changes only what it names', async () => {
  const { id } = await made()
  world.clock.set(new Date('2030-01-06T12:00:00Z'))
  await makeOccurrences(world.ctx, id)
  const changed = await ask('PATCH', `/${id}`, {
    templateCaption: 'Another week',
    cronExpression: '0 10 * * 2',
  })
  expect(changed).toMatchObject({
    status: 200,
    body: {
      ...documented({ templateCaption: 'Another week', cronExpression: '0 10 * * 2' }),
      nextRunAt: '2030-01-08T04:30:00.000Z',
    },
  })
  expect((await slotsOf(id)).map(([, , text]) => text)).toEqual(['Start your week strong!'])
})

test('what is deleted is gone, and its slots stay', async () => {
  const { id } = await made()
  world.clock.set(new Date('2030-01-06T12:00:00Z'))
  await makeOccurrences(world.ctx, id)
  const slots = await world.ctx.db.selectFrom('posts').select('id').where('recurrenceId', '=', id).execute()
  expect(await ask('DELETE', `/${id}`)).toEqual({ status: 204, body: null })
  const left = await world.ctx.db
    .selectFrom('posts')
    .select(['id', 'status'])
    .where(
      'id',
      'in',
      slots.map((slot) => slot.id),
    )
    .execute()
  expect(left).toEqual([{ id: slots[0]?.id, status: 'scheduled' }])
  for (const [method, path] of [
    ['DELETE', ''],
    ['PATCH', ''],
    ['POST', '/pause'],
    ['POST', '/resume'],
  ] as const)
    expect(await ask(method, `/${id}${path}`, method === 'PATCH' ? {} : undefined)).toMatchObject({
      status: 404,
      body: { error: { code: 'RECURRING_NOT_FOUND' } },
    })
})

test('what cannot be is refused, with the field in the words of this API', async () => {
  const cases: [object, number, string, string | null][] = [
    [{ cronExpression: 'every monday' }, 422, 'VALIDATION_ERROR', 'cronExpression'],
    [{ cronExpression: '* * * * *' }, 422, 'VALIDATION_ERROR', 'cronExpression'],
    [{ timezone: 'Mars/Olympus' }, 422, 'VALIDATION_ERROR', 'timezone'],
    [{ templateCaption: 'x'.repeat(31) }, 422, 'PLATFORM_VALIDATION_FAILED', 'templateCaption'],
    [{ targetConnectionIds: [] }, 422, 'VALIDATION_ERROR', 'targetConnectionIds'],
    [{ targetConnectionIds: [world.ctx.newId()] }, 404, 'CONNECTION_NOT_FOUND', 'targetConnectionIds.0'],
    [{ targetConnectionIds: [galleryId] }, 422, 'MEDIA_REQUIRED', null],
    [{ templateMediaIds: [world.ctx.newId()] }, 422, 'VALIDATION_ERROR', 'templateMediaIds.0'],
    [{ name: undefined }, 422, 'VALIDATION_ERROR', 'name'],
    [{ name: '  ' }, 422, 'VALIDATION_ERROR', 'name'],
    [{ autoSchedule: 'yes' }, 422, 'VALIDATION_ERROR', 'autoSchedule'],
  ]
  for (const [more, status, code, path] of cases) {
    const answer = await ask('POST', '', documented(more))
    expect([answer.status, answer.body.error?.code], JSON.stringify(answer.body)).toEqual([status, code])
    if (path) expect(answer.body.error.details[0].path, JSON.stringify(answer.body)).toBe(path)
  }
})

test('another tenant finds none of it, and each verb needs its permission', async () => {
  const { id } = await made()
  const stranger = await world.stranger('recurring-stranger@example.com')
  const foreign = { tenantId: stranger.workspaceId }
  expect((await ask('GET', '', undefined, foreign)).body).toEqual({ data: [] })
  for (const [method, path, payload] of [
    ['PATCH', '', { name: 'Mine now' }],
    ['POST', '/pause', undefined],
    ['POST', '/resume', undefined],
    ['DELETE', '', undefined],
  ] as const) {
    expect(await ask(method, `/${id}${path}`, payload, foreign)).toMatchObject({
      status: 404,
      body: { error: { code: 'RECURRING_NOT_FOUND' } },
    })
    expect(
      await ask(method, `/${id}${path}`, payload, { permissions: 'content:recurring.read' }),
    ).toMatchObject({ status: 403, body: { error: { code: 'INSUFFICIENT_PERMISSIONS' } } })
    expect(await ask(method, `/not-an-id${path}`, payload)).toMatchObject({
      status: 404,
      body: { error: { code: 'RECURRING_NOT_FOUND' } },
    })
  }
  expect((await ask('GET', '', undefined, { permissions: 'content:slots.read' })).status).toBe(403)
})

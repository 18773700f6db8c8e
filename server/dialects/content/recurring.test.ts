import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Caller } from '../../../test/app.ts'
import { testContent, told } from '../../../test/content.ts'
import { makeOccurrences } from '../../operations/make-occurrences.ts'

let world: Awaited<ReturnType<typeof testContent>>
let owner: Caller
beforeAll(async () => {
  world = await testContent()
  owner = world.owner
})
afterAll(() => world.close())
beforeEach(() => world.clock.set(new Date('2026-12-06T03:00:00Z'))) // a Sunday

const url = (id: string, verb = '') => `/content/recurring/${id}${verb && `/${verb}`}`
const daily = (more: object = {}) => ({
  name: 'Every morning',
  cronExpression: '0 9 * * *',
  timezone: 'Europe/Paris',
  templateCaption: 'Good morning',
  targetConnectionIds: [world.chirpId],
  autoSchedule: true,
  ...more,
})
async function made(more: object = {}) {
  const answer = await owner('POST', '/content/recurring', daily(more))
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}
const read = async (id: string) =>
  (await owner('GET', '/content/recurring'))
    .json()
    .data.find((recurring: { id: string }) => recurring.id === id)

interface Shown {
  id: string
  scheduledAt: string
  status: string
  caption: string
}
/** The calendar of the coming days, without what other stories made. */
async function slotsOf(recurringId: string): Promise<Shown[]> {
  const calendar = await owner('GET', '/content/slots?from=2026-12-01T00:00:00Z&to=2026-12-31T00:00:00Z')
  const own = await world.ctx.db
    .selectFrom('posts')
    .select('id')
    .where('recurrenceId', '=', recurringId)
    .execute()
  const ids = new Set(own.map(({ id }) => id))
  return calendar.json().data.filter(({ id }: Shown) => ids.has(id))
}
const timesOf = async (id: string) => (await slotsOf(id)).map(({ scheduledAt }) => scheduledAt)

test('the documented example makes a slot every Monday, on the clocks of its zone', async () => {
  const [instagram, linkedin] = [await world.addAccount('instagram'), await world.addAccount('linkedin')]
  const example = {
    name: 'Motivation Monday',
    cronExpression: '0 10 * * 1',
    timezone: 'Asia/Kolkata',
    templateCaption: '💡 Motivation Monday: Start your week strong!',
    templateMediaIds: [],
    targetConnectionIds: [instagram, linkedin],
    autoSchedule: true,
  }
  // The gateway gives its user no more than the document asks for.
  const answer = await world.gateway('content:recurring.write', 'POST', '/content/recurring', example)
  expect(answer.statusCode, answer.body).toBe(201)
  expect(answer.json()).toEqual({
    ...example,
    id: expect.any(String),
    status: 'active',
    pauseReason: null,
    nextRunAt: '2026-12-07T04:30:00.000Z',
    lastRunAt: null,
    createdAt: expect.any(String),
  })
  const { id } = answer.json()
  expect(await read(id)).toEqual(answer.json())

  // Instagram wants a picture, which the example does not bring: its slots wait for one as drafts.
  world.clock.set(new Date('2026-12-06T05:00:00Z'))
  await makeOccurrences(world.ctx, id)
  expect(await slotsOf(id)).toMatchObject([
    {
      scheduledAt: '2026-12-07T04:30:00.000Z',
      timezone: 'Asia/Kolkata',
      caption: '💡 Motivation Monday: Start your week strong!',
      status: 'draft',
      targets: [{ connectionId: instagram }, { connectionId: linkedin }],
    },
  ])
  expect(await read(id)).toMatchObject({
    status: 'active',
    nextRunAt: '2026-12-14T04:30:00.000Z',
    lastRunAt: '2026-12-07T04:30:00.000Z',
  })
})

test('a complete one schedules its slots, or leaves them as drafts when asked to', async () => {
  const scheduling = await made()
  const drafting = await made({ autoSchedule: undefined })
  expect(drafting.autoSchedule).toBe(false)
  for (const { id } of [scheduling, drafting]) await makeOccurrences(world.ctx, id)
  expect(await slotsOf(scheduling.id)).toMatchObject([
    { status: 'scheduled', scheduledAt: '2026-12-06T08:00:00.000Z' },
  ])
  expect(await slotsOf(drafting.id)).toMatchObject([
    { status: 'draft', scheduledAt: '2026-12-06T08:00:00.000Z' },
  ])
})

test('without a zone it runs on the clocks of the tenant', async () => {
  await owner('PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { timezone: 'America/New_York' })
  const recurring = await made({ timezone: undefined })
  expect(recurring).toMatchObject({ timezone: 'America/New_York', nextRunAt: '2026-12-06T14:00:00.000Z' })
  await owner('PATCH', `/api/v1/workspaces/${owner.workspaceId}`, { timezone: 'UTC' })
})

test('an update is for slots to come', async () => {
  const { id } = await made()
  await makeOccurrences(world.ctx, id)
  const changed = await owner('PATCH', url(id), {
    name: 'Twice a day',
    cronExpression: '0 9,18 * * *',
    templateCaption: 'Good day',
  })
  expect(changed.json(), changed.body).toMatchObject({
    name: 'Twice a day',
    cronExpression: '0 9,18 * * *',
    templateCaption: 'Good day',
    timezone: 'Europe/Paris',
    autoSchedule: true,
  })
  await makeOccurrences(world.ctx, id)
  expect((await slotsOf(id)).map(({ scheduledAt, caption }) => [scheduledAt, caption])).toEqual([
    ['2026-12-06T08:00:00.000Z', 'Good morning'],
    ['2026-12-06T17:00:00.000Z', 'Good day'],
  ])
})

test('what the native API wrote into a template stays when this one changes the caption', async () => {
  const accountId = await world.addAccount('gallery')
  const native = await owner('POST', `/api/v1/brands/${owner.brandId}/recurrences`, {
    name: 'Native',
    cron: '0 9 * * *',
    timezone: 'UTC',
    template: {
      content: 'Hello',
      hashtags: ['gm'],
      mediaIds: [await world.addMedia()],
      overrides: { [accountId]: { content: 'Only here' } },
    },
    targetAccountIds: [accountId, world.chirpId],
    count: 1,
  })
  expect(native.statusCode, native.body).toBe(201)
  const { id } = native.json()
  const changed = await owner('PATCH', url(id), {
    templateCaption: 'Hi',
    targetConnectionIds: [world.chirpId],
  })
  expect(changed.json(), changed.body).toMatchObject({
    templateCaption: 'Hi',
    targetConnectionIds: [world.chirpId],
  })
  expect((await owner('GET', `/api/v1/recurrences/${id}`)).json().template).toMatchObject({
    content: 'Hi',
    hashtags: ['gm'],
    overrides: {},
  })
  // One that has come to its end is shown as such, and cannot go on.
  await makeOccurrences(world.ctx, id)
  expect(await read(id)).toMatchObject({ status: 'ended', nextRunAt: null })
  for (const verb of ['pause', 'resume'])
    expect(told(await owner('POST', url(id, verb)))).toEqual([409, 'INVALID_STATUS_TRANSITION'])
})

test('paused it makes nothing and keeps what exists; resumed it makes up for nothing', async () => {
  const { id } = await made()
  await makeOccurrences(world.ctx, id)
  const before = await timesOf(id)
  expect((await owner('POST', url(id, 'pause'))).json()).toMatchObject({
    status: 'paused',
    pauseReason: null,
  })
  expect((await owner('POST', url(id, 'pause'))).statusCode).toBe(200)
  expect(await slotsOf(id)).toMatchObject([{ status: 'scheduled' }])
  world.clock.advance(3 * 86_400_000)
  await makeOccurrences(world.ctx, id)
  expect(await timesOf(id)).toEqual(before)
  expect((await owner('POST', url(id, 'resume'))).json()).toMatchObject({
    status: 'active',
    nextRunAt: '2026-12-09T08:00:00.000Z',
  })
  expect((await owner('POST', url(id, 'resume'))).statusCode).toBe(200)
  await makeOccurrences(world.ctx, id)
  expect(await timesOf(id)).toEqual([...before, '2026-12-09T08:00:00.000Z'])
})

test('a slot that was deleted does not come back, whatever is done to its schedule', async () => {
  const { id } = await made()
  await makeOccurrences(world.ctx, id)
  const [slot] = await slotsOf(id)
  expect((await owner('DELETE', `/content/slots/${slot?.id}`)).statusCode).toBe(204)
  await owner('PATCH', url(id), { name: 'Changed' })
  await owner('POST', url(id, 'pause'))
  await owner('POST', url(id, 'resume'))
  await makeOccurrences(world.ctx, id)
  expect(await timesOf(id)).toEqual([])
})

test('a slot may be moved, onto the time of another one as well, and is not made again', async () => {
  const { id } = await made({ cronExpression: '0 9,18 * * *' })
  await makeOccurrences(world.ctx, id)
  const [first, second] = await slotsOf(id)
  expect(second).toBeDefined()
  const moved = await owner('POST', `/content/slots/${first?.id}/reschedule`, {
    scheduledAt: second?.scheduledAt,
  })
  expect(moved.statusCode, moved.body).toBe(200)
  await owner('PATCH', url(id), { name: 'Changed' })
  await makeOccurrences(world.ctx, id)
  expect(await timesOf(id)).toEqual([second?.scheduledAt, second?.scheduledAt])
})

test('deleted it makes no more, and its slots stay', async () => {
  const { id } = await made()
  await makeOccurrences(world.ctx, id)
  const [slot] = await slotsOf(id)
  expect((await owner('DELETE', url(id))).statusCode).toBe(204)
  await makeOccurrences(world.ctx, id)
  expect((await owner('GET', `/content/slots/${slot?.id}`)).json()).toMatchObject({ status: 'scheduled' })
  for (const [method, verb] of [
    ['PATCH', ''],
    ['POST', 'pause'],
    ['POST', 'resume'],
    ['DELETE', ''],
  ] as const)
    expect(told(await owner(method, url(id, verb), method === 'PATCH' ? {} : undefined))).toEqual([
      404,
      'RECURRING_NOT_FOUND',
    ])
})

test('what is wrong has its code and names the field as it is called here', async () => {
  const { id } = await made()
  const expired = await world.addAccount('chirp', { state: 'expired' })
  const cases: [object, number, string, string][] = [
    [{ cronExpression: 'every Monday' }, 422, 'VALIDATION_ERROR', 'cronExpression'],
    [{ cronExpression: '0 9 31 2 *' }, 422, 'VALIDATION_ERROR', 'cronExpression'],
    [{ cronExpression: '* * * * *' }, 422, 'VALIDATION_ERROR', 'cronExpression'],
    [{ cronExpression: '0 0 9 * * 1' }, 422, 'VALIDATION_ERROR', 'cronExpression'],
    [{ timezone: 'Mars/Olympus' }, 422, 'VALIDATION_ERROR', 'timezone'],
    [{ autoSchedule: 'yes' }, 422, 'VALIDATION_ERROR', 'autoSchedule'],
    [{ name: ' ' }, 422, 'VALIDATION_ERROR', 'name'],
    [{ targetConnectionIds: [] }, 422, 'VALIDATION_ERROR', 'targetConnectionIds'],
    [{ targetConnectionIds: [world.ctx.newId()] }, 404, 'CONNECTION_NOT_FOUND', 'targetConnectionIds.0'],
    [{ targetConnectionIds: [expired] }, 422, 'CONNECTION_EXPIRED', 'targetConnectionIds.0'],
    [{ templateCaption: 'x'.repeat(31) }, 422, 'PLATFORM_VALIDATION_FAILED', 'templateCaption'],
    [{ templateCaption: ' ' }, 422, 'VALIDATION_ERROR', 'templateCaption'],
    [{ templateMediaIds: [world.ctx.newId()] }, 422, 'VALIDATION_ERROR', 'templateMediaIds.0'],
  ]
  for (const [more, status, code, path] of cases)
    for (const answer of [
      await owner('POST', '/content/recurring', daily(more)),
      await owner('PATCH', url(id), more),
    ]) {
      expect(told(answer), `${JSON.stringify(more)} ${answer.body}`).toEqual([status, code])
      expect(answer.json().error.details[0].path).toBe(path)
    }
})

test('another tenant finds none of it, and each verb needs its permission', async () => {
  const { id } = await made()
  const { workspaceId } = await world.stranger('recurring@example.com')
  const foreign = { 'x-tenant-id': workspaceId }
  const [all, reading] = ['content:recurring.read content:recurring.write', 'content:recurring.read']
  expect((await world.gateway(all, 'GET', '/content/recurring', undefined, foreign)).json()).toEqual({
    data: [],
  })
  expect(told(await world.gateway('content:slots.read', 'GET', '/content/recurring'))[0]).toBe(403)
  expect(told(await world.gateway(reading, 'POST', '/content/recurring', daily()))[0]).toBe(403)
  for (const [method, verb, body] of [
    ['PATCH', '', { name: 'Mine now' }],
    ['POST', 'pause', undefined],
    ['POST', 'resume', undefined],
    ['DELETE', '', undefined],
  ] as const) {
    const missing = [404, 'RECURRING_NOT_FOUND']
    expect(told(await world.gateway(all, method, url(id, verb), body, foreign))).toEqual(missing)
    expect(told(await world.gateway(all, method, url('not-an-id', verb), body))).toEqual(missing)
    expect(told(await world.gateway(reading, method, url(id, verb), body))[0]).toBe(403)
  }
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Caller } from '../../../test/app.ts'
import { testContent, told } from '../../../test/content.ts'

let world: Awaited<ReturnType<typeof testContent>>
let owner: Caller
beforeAll(async () => {
  world = await testContent()
  owner = world.owner
})
afterAll(() => world.close())

const launch = {
  name: 'Q1 Product Launch',
  description: 'All content related to the March product launch',
  color: '#FF6B35',
  startDate: '2026-03-01',
  endDate: '2026-03-31',
}

test('the documented examples create, read, change, list and archive a campaign', async () => {
  const made = await owner('POST', '/content/campaigns', launch)
  expect(made.statusCode, made.body).toBe(201)
  expect(made.json()).toEqual({
    ...launch,
    id: expect.any(String),
    status: 'active',
    slotCount: 0,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  })
  const url = `/content/campaigns/${made.json().id}`
  const { id: slotId } = await world.newSlot({ campaignId: made.json().id })
  expect((await owner('GET', url)).json()).toMatchObject({ ...launch, slotCount: 1 })
  const changed = await owner('PATCH', url, { name: 'Q1 Product Launch — Extended', endDate: '2026-04-15' })
  expect(changed.json()).toMatchObject({
    ...launch,
    name: 'Q1 Product Launch — Extended',
    endDate: '2026-04-15',
    slotCount: 1,
  })
  const list = await owner('GET', '/content/campaigns?status=active&page=1&limit=20')
  expect(list.json()).toEqual({
    data: [changed.json()],
    meta: { page: 1, limit: 20, total: 1, totalPages: 1 },
  })

  const archived = await owner('DELETE', url)
  expect([archived.statusCode, archived.body]).toEqual([204, ''])
  expect((await owner('GET', '/content/campaigns')).json().data).toEqual([])
  expect((await owner('GET', '/content/campaigns?status=archived')).json().data).toHaveLength(1)
  expect((await owner('GET', url)).json().status).toBe('archived')
  const slot = await owner('GET', `/content/slots/${slotId}`)
  expect(slot.json().campaign).toMatchObject({ id: made.json().id, color: '#FF6B35' })
  // Nothing new goes into an archived one.
  expect(told(await owner('POST', '/content/slots', world.slot({ campaignId: made.json().id })))).toEqual([
    404,
    'CAMPAIGN_NOT_FOUND',
  ])
})

test('campaigns come in pages, each once', async () => {
  const stranger = await world.stranger('pages@example.com')
  for (let count = 1; count <= 5; count++)
    await stranger('POST', '/content/campaigns', { name: `No ${count}` })
  const page = async (query: string) => (await stranger('GET', `/content/campaigns${query}`)).json()
  const [first, second, third] = [
    await page('?page=1&limit=2'),
    await page('?page=2&limit=2'),
    await page('?page=3&limit=2'),
  ]
  expect(first.meta).toEqual({ page: 1, limit: 2, total: 5, totalPages: 3 })
  const names = [first, second, third].flatMap(({ data }) => data.map(({ name }: { name: string }) => name))
  expect(names.sort()).toEqual(['No 1', 'No 2', 'No 3', 'No 4', 'No 5'])
  expect(await page('?page=4&limit=2')).toMatchObject({ data: [], meta: { page: 4, total: 5 } })
  expect((await page('')).meta).toEqual({ page: 1, limit: 20, total: 5, totalPages: 1 })
})

test.each<[string, object]>([
  ['no name', { name: undefined }],
  ['a blank name', { name: ' ' }],
  ['a colour that is none', { color: 'red' }],
  ['a day that is none', { startDate: '2026-02-30' }],
  ['an end before its start', { endDate: '2026-02-01' }],
  ['a description of another kind', { description: 5 }],
])('a campaign with %s is refused', async (_what, more) => {
  expect(told(await owner('POST', '/content/campaigns', { ...launch, ...more }))).toEqual([
    422,
    'VALIDATION_ERROR',
  ])
})

test('a change is checked together with what stays', async () => {
  const { id } = (await owner('POST', '/content/campaigns', launch)).json()
  const early = await owner('PATCH', `/content/campaigns/${id}`, { endDate: '2026-02-01' })
  expect(told(early)).toEqual([422, 'VALIDATION_ERROR'])
  expect(told(await owner('GET', '/content/campaigns?status=dreamt'))).toEqual([422, 'VALIDATION_ERROR'])
  for (const query of ['page=0', 'limit=101', 'limit=x'])
    expect(told(await owner('GET', `/content/campaigns?${query}`)), query).toEqual([422, 'VALIDATION_ERROR'])
})

test('the documented labels are made, renamed, and go from every slot when they are deleted', async () => {
  const made = await owner('POST', '/content/labels', { name: 'ProductUpdate', color: '#4ECDC4' })
  expect(made.statusCode, made.body).toBe(201)
  const label = made.json()
  expect(label).toEqual({ id: expect.any(String), name: 'ProductUpdate', color: '#4ECDC4' })
  expect((await owner('GET', '/content/labels')).json()).toEqual({ data: [label] })
  const changed = { name: 'ProductLaunch', color: '#FF6B35' }
  const url = `/content/labels/${label.id}`
  expect((await owner('PATCH', url, changed)).json()).toEqual({ id: label.id, ...changed })

  const { id } = await world.newSlot({ labelIds: [label.id] })
  expect((await owner('GET', `/content/slots/${id}`)).json().labels).toEqual([{ id: label.id, ...changed }])
  const deleted = await owner('DELETE', url)
  expect([deleted.statusCode, deleted.body]).toEqual([204, ''])
  expect((await owner('GET', `/content/slots/${id}`)).json().labels).toEqual([])
  expect((await owner('GET', '/content/labels')).json()).toEqual({ data: [] })
  expect(told(await owner('DELETE', url))).toEqual([404, 'LABEL_NOT_FOUND'])
})

test('a label is one of a kind, however it is written', async () => {
  await owner('POST', '/content/labels', { name: 'Unique' })
  const { id } = (await owner('POST', '/content/labels', { name: 'Other' })).json()
  expect(told(await owner('POST', '/content/labels', { name: 'UNIQUE' }))).toEqual([409, 'LABEL_EXISTS'])
  expect(told(await owner('PATCH', `/content/labels/${id}`, { name: 'unique' }))).toEqual([
    409,
    'LABEL_EXISTS',
  ])
  expect((await owner('PATCH', `/content/labels/${id}`, { name: 'OTHER' })).json().name).toBe('OTHER')
  for (const body of [{ name: ' ' }, { name: 'x'.repeat(101) }, { name: 'New', color: 'red' }, {}])
    expect(told(await owner('POST', '/content/labels', body))).toEqual([422, 'VALIDATION_ERROR'])
})

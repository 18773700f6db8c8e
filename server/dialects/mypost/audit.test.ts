import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
let url: string
beforeAll(async () => {
  server = await testApp()
  url = `/api/v1/workspaces/${server.owner.workspaceId}`
})
afterAll(() => server.close())

const audit = async (query = '') => {
  const answer = await server.owner('GET', `${url}/audit${query}`)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

test('an event tells who did what to what, when and from where', async () => {
  const brand = (
    await server.owner('POST', `${url}/brands`, { name: 'Told' }, { headers: { 'user-agent': 'a browser' } })
  ).json()
  const { data } = await audit()
  expect(data[0]).toEqual({
    id: expect.any(String),
    action: 'brand.created',
    userId: server.owner.userId,
    actor: { kind: 'user', id: server.owner.userId },
    resourceType: 'brand',
    resourceId: brand.id,
    createdAt: expect.stringMatching(/Z$/),
    metadata: { name: 'Told' },
    ip: '127.0.0.1',
    userAgent: 'a browser',
    requestId: expect.stringMatching(/^req_/),
  })
})

test('the log is read by action, person, thing and time, page by page', async () => {
  const other = await server.member(server.owner.workspaceId, ['brands.create', 'roles.manage'])
  for (const name of ['One', 'Two', 'Three']) await other('POST', `${url}/brands`, { name })
  await other('POST', `${url}/roles`, { name: 'Theirs', permissions: [] })
  const theirs = await audit(`?userId=${other.userId}`)
  expect(theirs.data.map((event: { action: string }) => event.action)).toEqual([
    'role.created',
    'brand.created',
    'brand.created',
    'brand.created',
  ])
  expect((await audit(`?userId=${other.userId}&resourceType=role`)).data).toHaveLength(1)
  expect((await audit(`?userId=${other.userId}&action=brand.created`)).data).toHaveLength(3)
  const brandId = theirs.data[1].resourceId
  expect((await audit(`?resourceId=${brandId}`)).data[0].metadata.name).toBe('Three')

  const names: string[] = []
  let cursor: string | null = null
  do {
    const page: { data: { metadata: { name: string } }[]; page: { nextCursor: string | null } } = await audit(
      `?userId=${other.userId}&limit=1${cursor ? `&cursor=${cursor}` : ''}`,
    )
    names.push(...page.data.map((event) => event.metadata.name))
    cursor = page.page.nextCursor
    if (cursor) {
      const foreign = await server.owner('GET', `${url}/audit?limit=1&cursor=${cursor}`)
      expect(foreign.statusCode).toBe(400)
    }
  } while (cursor)
  expect(names).toEqual(['Theirs', 'Three', 'Two', 'One'])
})

test("a day is meant whole, in the workspace's time zone, and both ends are included", async () => {
  const { clock, owner } = server
  await owner('PATCH', url, { timezone: 'Asia/Tokyo' })
  // 23:30 in Tokyo on the 10th, then 00:30 on the 11th; still the 10th in UTC.
  for (const [name, at] of [
    ['the 10th', '2030-06-10T14:30:00Z'],
    ['the 11th', '2030-06-10T15:30:00Z'],
  ] as const) {
    clock.set(new Date(at))
    const caller = await server.member(owner.workspaceId, ['brands.create'])
    await caller('POST', `${url}/brands`, { name })
  }
  const reader = await server.member(owner.workspaceId, ['workspace.settings'])
  const named = async (query: string) => {
    const answer = await reader('GET', `${url}/audit?action=brand.created&${query}`)
    return answer.json().data.map((event: { metadata: { name: string } }) => event.metadata.name)
  }
  expect(await named('from=2030-06-10&to=2030-06-10')).toEqual(['the 10th'])
  expect(await named('from=2030-06-11&to=2030-06-11')).toEqual(['the 11th'])
  expect(await named('from=2030-06-10&to=2030-06-11')).toEqual(['the 11th', 'the 10th'])
  expect(await named('from=2030-06-10T15:00:00Z')).toEqual(['the 11th'])
  expect(await named('from=2030-06-10T00:00:00%2B09:00&to=2030-06-10T14:45:00Z')).toEqual(['the 10th'])
  clock.set(new Date())
})

test('bounds that are neither a day nor an instant are refused', async () => {
  for (const query of [
    'from=yesterday',
    'to=2030-02-30',
    'from=2030-06-10T15:00:00',
    'userId=me',
    'limit=1000',
  ]) {
    const answer = await server.owner('GET', `${url}/audit?${query}`)
    expect(answer.statusCode, query).toBe(400)
    expect(answer.json().error.details[0].path).toBe(query.split('=')[0])
  }
})

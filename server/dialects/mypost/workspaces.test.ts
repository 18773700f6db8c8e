import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/)
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

test('a workspace is born with the system roles, its founder as Owner and a brand of its name', async () => {
  const founder = await server.stranger('founder@example.com')
  const made = await founder('POST', '/api/v1/workspaces', { name: 'Acme', timezone: 'Europe/Paris' })
  expect(made.statusCode).toBe(201)
  expect(made.json()).toEqual({
    id: uuid,
    name: 'Acme',
    description: null,
    mode: 'live',
    timezone: 'Europe/Paris',
    approvals: 'off',
    allowSelfApproval: false,
    latenessHours: 24,
    defaultHashtags: [],
    createdAt: instant,
    updatedAt: instant,
  })
  const at = `/api/v1/workspaces/${made.json().id}`
  const brands = await founder('GET', `${at}/brands`)
  expect(brands.json()).toEqual({
    data: [
      {
        id: uuid,
        workspaceId: made.json().id,
        name: 'Acme',
        description: null,
        isDefault: true,
        createdAt: instant,
        updatedAt: instant,
      },
    ],
    page: { nextCursor: null },
  })
  const roles = (await founder('GET', `${at}/roles`)).json().data
  expect(roles.map((role: { name: string }) => role.name)).toEqual(['Owner', 'Editor', 'Author', 'Viewer'])
  expect(roles.every((role: { isSystem: boolean }) => role.isSystem)).toBe(true)
  const users = (await founder('GET', `${at}/users`)).json().data
  expect(users).toEqual([
    {
      id: founder.userId,
      email: 'founder@example.com',
      name: 'Stranger',
      role: { id: roles[0].id, name: 'Owner' },
      status: 'active',
      joinedAt: instant,
      expiresAt: null,
      mail: null,
    },
  ])
})

test('the mode is fixed at creation', async () => {
  const made = await server.owner('POST', '/api/v1/workspaces', { name: 'Practice', mode: 'sandbox' })
  expect(made.json().mode).toBe('sandbox')
  const url = `/api/v1/workspaces/${made.json().id}`
  const refused = await server.owner('PATCH', url, { mode: 'live', name: 'Still practice' })
  expect(refused.statusCode).toBe(400)
  expect(refused.json().error.details).toEqual([
    { path: 'mode', message: 'is not a known field', rule: 'additionalProperties' },
  ])
  expect((await server.owner('GET', url)).json()).toMatchObject({ mode: 'sandbox', name: 'Practice' })
})

test('an update changes what it names, tells what changed, and says nothing when nothing did', async () => {
  const { owner } = server
  const url = `/api/v1/workspaces/${owner.workspaceId}`
  const before = (await owner('GET', url)).json()
  const change = {
    timezone: 'Asia/Kolkata',
    approvals: 'required',
    latenessHours: 6,
    defaultHashtags: ['#acme'],
  }
  const after = await owner('PATCH', url, change)
  expect(after.statusCode).toBe(200)
  expect(after.json()).toEqual({ ...before, ...change, updatedAt: instant })
  await owner('PATCH', url, change)
  await owner('PATCH', url, {})
  const events = await owner('GET', `${url}/audit?action=workspace.updated`)
  expect(events.json().data).toHaveLength(1)
  expect(events.json().data[0].metadata.changes).toEqual({
    timezone: { from: 'UTC', to: 'Asia/Kolkata' },
    approvals: { from: 'off', to: 'required' },
    latenessHours: { from: 24, to: 6 },
    defaultHashtags: { from: [], to: ['#acme'] },
  })
})

test('bad settings are named one by one', async () => {
  const { owner } = server
  const url = `/api/v1/workspaces/${owner.workspaceId}`
  const paths = async (body: unknown) => {
    const answer = await owner('PATCH', url, body)
    expect(answer.statusCode, answer.body).toBe(400)
    expect(answer.json().error.code).toBe('VALIDATION_ERROR')
    return answer.json().error.details.map((detail: { path: string }) => detail.path)
  }
  expect(await paths({ timezone: 'Mars/Olympus' })).toEqual(['timezone'])
  expect(await paths({ timezone: '+02:00' })).toEqual(['timezone'])
  expect(await paths({ name: ' ', approvals: 'maybe', latenessHours: 0 })).toEqual([
    'name',
    'approvals',
    'latenessHours',
  ])
  expect(await paths({ name: 'x'.repeat(101) })).toEqual(['name'])
  expect(await paths({ name: null })).toEqual(['name'])
  expect(await paths({ defaultHashtags: ['ok', 7] })).toEqual(['defaultHashtags.1'])
  expect(await paths([])).toEqual(['body'])
  expect((await owner('POST', '/api/v1/workspaces', {})).json().error.details).toEqual([
    { path: 'name', message: 'is required', rule: 'required' },
  ])
})

test('only my workspaces are listed, page by page, and a cursor of somebody else is refused', async () => {
  const many = await server.stranger('many@example.com')
  for (let index = 1; index <= 4; index++) await many('POST', '/api/v1/workspaces', { name: `W${index}` })
  const names: string[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const url: string = `/api/v1/workspaces?limit=2${cursor ? `&cursor=${cursor}` : ''}`
    const page: { data: { name: string }[]; page: { nextCursor: string | null } } = (
      await many('GET', url)
    ).json()
    names.push(...page.data.map((workspace) => workspace.name))
    cursor = page.page.nextCursor
    pages++
    if (cursor) {
      const foreign = await server.owner('GET', `/api/v1/workspaces?cursor=${cursor}`)
      expect(foreign.statusCode).toBe(400)
      expect(foreign.json().error.details[0].path).toBe('cursor')
    }
  } while (cursor)
  expect(names).toEqual(['Elsewhere', 'W1', 'W2', 'W3', 'W4'])
  expect(pages).toBe(3)
})

test('the limit of a page is 1 to 100', async () => {
  for (const limit of ['0', '101', '-1', 'x', '1.5', '99999999999999999999']) {
    const answer = await server.owner('GET', `/api/v1/workspaces?limit=${limit}`)
    expect(answer.statusCode, limit).toBe(400)
    expect(answer.json().error.details[0].path).toBe('limit')
  }
  expect((await server.owner('GET', '/api/v1/workspaces?limit=100')).statusCode).toBe(200)
})

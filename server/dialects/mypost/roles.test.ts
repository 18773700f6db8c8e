import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApp } from '../../../test/app.ts'
import { permissions } from '../../domain/permission.ts'

let server: Awaited<ReturnType<typeof testApp>>
let url: string
beforeAll(async () => {
  server = await testApp()
  url = `/api/v1/workspaces/${server.owner.workspaceId}`
})
afterAll(() => server.close())

const documented = {
  name: 'Content Manager',
  permissions: ['posts.create', 'posts.edit', 'media.upload', 'analytics.view'],
}

test('the documented example creates a role, which is listed after those of the system', async () => {
  const made = await server.owner('POST', `${url}/roles`, documented)
  expect(made.statusCode).toBe(201)
  expect(made.json()).toEqual({ id: expect.any(String), ...documented, isSystem: false })
  const list = (await server.owner('GET', `${url}/roles`)).json()
  expect(list.data.at(-1)).toEqual(made.json())
  expect(list.page).toEqual({ nextCursor: null })
})

test('a role has a name of its own and permissions that exist', async () => {
  await server.owner('POST', `${url}/roles`, { ...documented, name: 'Unique' })
  const twice = await server.owner('POST', `${url}/roles`, { ...documented, name: 'UNIQUE' })
  expect(twice.statusCode).toBe(400)
  expect(twice.json().error.details[0]).toMatchObject({ path: 'name', rule: 'duplicate_name' })
  const unknown = await server.owner('POST', `${url}/roles`, {
    name: 'X',
    permissions: ['posts.create', 'posts.fly'],
  })
  expect(unknown.statusCode).toBe(400)
  expect(unknown.json().error.details[0].path).toBe('permissions.1')
  const doubled = await server.owner('POST', `${url}/roles`, {
    name: 'Doubled',
    permissions: ['posts.edit', 'posts.edit'],
  })
  expect(doubled.json().permissions).toEqual(['posts.edit'])
})

test('a changed role counts from the next request of everybody who has it', async () => {
  const made = (await server.owner('POST', `${url}/roles`, { name: 'Growing', permissions: [] })).json()
  const member = await server.member(server.owner.workspaceId, [])
  await server.owner('PATCH', `${url}/users/${member.userId}`, { roleId: made.id })
  const create = () => member('POST', `${url}/brands`, { name: 'B' })
  expect((await create()).statusCode).toBe(403)
  const changed = await server.owner('PATCH', `${url}/roles/${made.id}`, { permissions: ['brands.create'] })
  expect(changed.json()).toEqual({ ...made, permissions: ['brands.create'] })
  expect((await create()).statusCode).toBe(201)
  const inUse = await server.owner('DELETE', `${url}/roles/${made.id}`)
  expect(inUse.statusCode).toBe(400)
  expect(inUse.json().error.message).toContain('1 person has the role Growing')
})

test('a role that nobody has goes; those of the system stay as they are', async () => {
  const made = (await server.owner('POST', `${url}/roles`, { name: 'Short-lived', permissions: [] })).json()
  expect((await server.owner('DELETE', `${url}/roles/${made.id}`)).statusCode).toBe(204)
  expect((await server.owner('DELETE', `${url}/roles/${made.id}`)).statusCode).toBe(404)
  const [owner] = (await server.owner('GET', `${url}/roles`)).json().data
  for (const answer of [
    await server.owner('PATCH', `${url}/roles/${owner.id}`, { permissions: [] }),
    await server.owner('DELETE', `${url}/roles/${owner.id}`),
  ]) {
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error.details[0].rule).toBe('system_role')
  }
})

test('every permission is listed with what it allows', async () => {
  const { data } = (await server.owner('GET', `${url}/permissions`)).json()
  expect(data).toHaveLength(22)
  expect(data[0]).toEqual({ name: 'posts.create', description: 'Create new posts' })
  expect(
    Object.fromEntries(data.map((one: { name: string; description: string }) => [one.name, one.description])),
  ).toEqual(permissions)
})

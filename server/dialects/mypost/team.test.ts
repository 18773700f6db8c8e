import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Caller, testApp } from '../../../test/app.ts'
import { allPermissions } from '../../domain/permission.ts'

let server: Awaited<ReturnType<typeof testApp>>
beforeAll(async () => {
  server = await testApp()
})
afterAll(() => server.close())

interface Role {
  id: string
  name: string
}

/** A workspace of its own for each story, with its system roles by name. */
async function founded() {
  const founder = await server.stranger(`founder-${server.ctx.newId()}@example.com`)
  const url = `/api/v1/workspaces/${founder.workspaceId}`
  const listed: Role[] = (await founder('GET', `${url}/roles`)).json().data
  const roles = Object.fromEntries(listed.map(({ id, name }) => [name, id]))
  return { founder, url, roles }
}

const accept = (workspaceId: string, payload: object) =>
  server.app.inject({ method: 'POST', url: `/api/v1/workspaces/${workspaceId}/users/accept`, payload })

const tokenOf = (acceptUrl: string) => new URL(acceptUrl).searchParams.get('token') ?? ''

async function invite(founder: Caller, url: string, email: string, roleId = ''): Promise<string> {
  const answer = await founder('POST', `${url}/users/invite`, { email, roleId })
  expect(answer.statusCode, answer.body).toBe(201)
  return tokenOf(answer.json().acceptUrl)
}

test('the documented example invites somebody, who joins with a name and a password and logs in', async () => {
  const { founder, url, roles } = await founded()
  const invited = await founder('POST', `${url}/users/invite`, {
    email: 'newuser@example.com',
    roleId: roles.Author,
  })
  expect(invited.statusCode).toBe(201)
  expect(invited.json()).toEqual({
    id: expect.any(String),
    email: 'newuser@example.com',
    roleId: roles.Author,
    status: 'invited',
    expiresAt: expect.any(String),
    acceptUrl: expect.stringContaining(`http://localhost:8007/invitations/${founder.workspaceId}?token=`),
  })
  const listed = (await founder('GET', `${url}/users`)).json().data
  expect(listed[1]).toMatchObject({
    id: invited.json().id,
    email: 'newuser@example.com',
    name: null,
    status: 'invited',
    role: { id: roles.Author, name: 'Author' },
    joinedAt: null,
  })

  const token = tokenOf(invited.json().acceptUrl)
  const incomplete = await accept(founder.workspaceId, { token })
  expect(incomplete.statusCode).toBe(400)
  expect(incomplete.json().error.details.map((detail: { path: string }) => detail.path)).toEqual([
    'name',
    'password',
  ])
  const joined = await accept(founder.workspaceId, { token, name: 'New User', password: 'long enough' })
  expect(joined.statusCode).toBe(200)
  expect(joined.json()).toEqual({
    workspaceId: founder.workspaceId,
    roleId: roles.Author,
    user: { id: expect.any(String), email: 'newuser@example.com', name: 'New User' },
  })
  const login = await server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email: 'newuser@example.com', password: 'long enough' },
  })
  expect(login.statusCode).toBe(200)
  const again = await accept(founder.workspaceId, { token, name: 'Thief', password: 'long enough' })
  expect(again.statusCode).toBe(400)
  expect(again.json().error.details[0].path).toBe('token')
})

test('somebody with a login joins with the link alone', async () => {
  const { founder, url, roles } = await founded()
  const known = await server.stranger('known@example.com')
  const token = await invite(founder, url, 'Known@Example.com', roles.Viewer)
  const joined = await accept(founder.workspaceId, { token })
  expect(joined.json().user.id).toBe(known.userId)
  expect((await known('GET', url)).statusCode).toBe(200)
})

test('an invitation is for its workspace, for two weeks, and the last one sent counts', async () => {
  const { founder, url, roles } = await founded()
  const first = await invite(founder, url, 'twice@example.com', roles.Viewer)
  const second = await invite(founder, url, 'twice@example.com', roles.Viewer)
  const person = { name: 'Twice', password: 'long enough' }
  expect((await accept(founder.workspaceId, { token: first, ...person })).statusCode).toBe(400)
  expect((await accept(server.owner.workspaceId, { token: second, ...person })).statusCode).toBe(400)
  server.clock.advance(15 * 86_400_000)
  expect((await accept(founder.workspaceId, { token: second, ...person })).statusCode).toBe(400)
  expect((await founder('GET', `${url}/users`)).json().data).toHaveLength(1)
  server.clock.set(new Date())
  expect((await accept(founder.workspaceId, { token: second, ...person })).statusCode).toBe(200)
  const member = await founder('POST', `${url}/users/invite`, {
    email: 'Twice@example.com',
    roleId: roles.Viewer,
  })
  expect(member.statusCode).toBe(400)
  expect(member.json().error.details[0]).toMatchObject({ path: 'email', rule: 'already_member' })
})

test('an invitation can be changed and withdrawn like a member', async () => {
  const { founder, url, roles } = await founded()
  const token = await invite(founder, url, 'wavering@example.com', roles.Viewer)
  const [, { id }] = (await founder('GET', `${url}/users`)).json().data
  const changed = await founder('PATCH', `${url}/users/${id}`, { roleId: roles.Editor })
  expect(changed.json()).toMatchObject({ id, status: 'invited', role: { name: 'Editor' } })
  expect((await founder('DELETE', `${url}/users/${id}`)).statusCode).toBe(204)
  const late = await accept(founder.workspaceId, { token, name: 'Late', password: 'long enough' })
  expect(late.statusCode).toBe(400)
})

test('the documented example changes a role, from the next request on', async () => {
  const { founder, url, roles } = await founded()
  const member = await server.member(founder.workspaceId, ['workspace.settings'])
  expect((await member('GET', `${url}/audit`)).statusCode).toBe(200)
  const changed = await founder('PATCH', `${url}/users/${member.userId}`, { roleId: roles.Viewer })
  expect(changed.statusCode).toBe(200)
  expect(changed.json()).toMatchObject({ id: member.userId, status: 'active', role: { name: 'Viewer' } })
  expect((await member('GET', `${url}/audit`)).statusCode).toBe(403)
})

test('a removed member finds no workspace any more', async () => {
  const { founder, url } = await founded()
  const member = await server.member(founder.workspaceId, [])
  expect((await member('GET', url)).statusCode).toBe(200)
  expect((await founder('DELETE', `${url}/users/${member.userId}`)).statusCode).toBe(204)
  expect((await member('GET', url)).statusCode).toBe(404)
  expect((await founder('DELETE', `${url}/users/${member.userId}`)).statusCode).toBe(404)
})

test('everybody may leave, except the last owner', async () => {
  const { founder, url, roles } = await founded()
  const member = await server.member(founder.workspaceId, [])
  expect((await member('DELETE', `${url}/users/${member.userId}`)).statusCode).toBe(204)
  for (const answer of [
    await founder('DELETE', `${url}/users/${founder.userId}`),
    await founder('PATCH', `${url}/users/${founder.userId}`, { roleId: roles.Viewer }),
  ]) {
    expect(answer.statusCode).toBe(400)
    expect(answer.json().error.details[0].rule).toBe('last_owner')
  }
  expect((await founder('GET', `${url}/users`)).json().data[0].role.name).toBe('Owner')
})

test('of two owners who step down at once, one stays', async () => {
  const { founder, url, roles } = await founded()
  const second = await server.member(founder.workspaceId, [])
  await founder('PATCH', `${url}/users/${second.userId}`, { roleId: roles.Owner })
  const answers = await Promise.all(
    [founder, second].map((owner) =>
      owner('PATCH', `${url}/users/${owner.userId}`, { roleId: roles.Viewer }),
    ),
  )
  expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 400])
})

test('nobody hands out or takes away what they lack', async () => {
  const { founder, url, roles } = await founded()
  const manager = await server.member(founder.workspaceId, ['users.manage', 'users.invite', 'roles.manage'])
  const other = await server.member(founder.workspaceId, [])
  const refused = [
    await manager('POST', `${url}/users/invite`, { email: 'friend@example.com', roleId: roles.Owner }),
    await manager('PATCH', `${url}/users/${other.userId}`, { roleId: roles.Editor }),
    await manager('PATCH', `${url}/users/${manager.userId}`, { roleId: roles.Owner }),
    await manager('PATCH', `${url}/users/${founder.userId}`, { roleId: roles.Viewer }),
    await manager('DELETE', `${url}/users/${founder.userId}`),
    await manager('POST', `${url}/roles`, { name: 'More', permissions: ['posts.publish'] }),
  ]
  for (const answer of refused) {
    expect(answer.statusCode, answer.body).toBe(403)
    expect(answer.json().error.code).toBe('FORBIDDEN')
  }
  const role = await founder('POST', `${url}/roles`, { name: 'Boss', permissions: allPermissions })
  for (const answer of [
    await manager('PATCH', `${url}/roles/${role.json().id}`, { permissions: [] }),
    await manager('DELETE', `${url}/roles/${role.json().id}`),
  ])
    expect(answer.statusCode, answer.body).toBe(403)
})

test("another workspace's role is no role here", async () => {
  const { founder, url } = await founded()
  const elsewhere = await founded()
  const member = await server.member(founder.workspaceId, [])
  for (const answer of [
    await founder('POST', `${url}/users/invite`, { email: 'x@example.com', roleId: elsewhere.roles.Viewer }),
    await founder('PATCH', `${url}/users/${member.userId}`, { roleId: elsewhere.roles.Viewer }),
    await founder('PATCH', `${url}/roles/${elsewhere.roles.Viewer}`, { name: 'Mine' }),
    await founder('DELETE', `${url}/users/${elsewhere.founder.userId}`),
  ])
    expect(answer.statusCode, answer.body).toBe(404)
})

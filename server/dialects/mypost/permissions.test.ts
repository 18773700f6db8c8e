import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, testApp } from '../../../test/app.ts'
import { allPermissions, type Permission } from '../../domain/permission.ts'

/** Every address here that needs a permission: it opens with that one alone, and stays shut with all the others. */
interface Guarded {
  permission: Permission
  ask(caller: Caller, world: World): ReturnType<Caller>
  /** What success looks like. */
  status: number
}

interface World {
  workspaceId: string
  brandId: string
  /** A role nobody has, with no permissions. */
  emptyRoleId: string
  /** A member with that kind of role. */
  memberId: string
}

const guarded: Record<string, Guarded> = {
  'update a workspace': {
    permission: 'workspace.settings',
    ask: (caller, { workspaceId }) =>
      caller('PATCH', `/api/v1/workspaces/${workspaceId}`, { name: 'Renamed' }),
    status: 200,
  },
  'read the audit log': {
    permission: 'workspace.settings',
    ask: (caller, { workspaceId }) => caller('GET', `/api/v1/workspaces/${workspaceId}/audit`),
    status: 200,
  },
  'create a brand': {
    permission: 'brands.create',
    ask: (caller, { workspaceId }) =>
      caller('POST', `/api/v1/workspaces/${workspaceId}/brands`, { name: 'New' }),
    status: 201,
  },
  'update a brand': {
    permission: 'brands.edit',
    ask: (caller, { brandId }) => caller('PATCH', `/api/v1/brands/${brandId}`, { name: 'Renamed' }),
    status: 200,
  },
  'delete a brand': {
    permission: 'brands.delete',
    ask: (caller, { brandId }) => caller('DELETE', `/api/v1/brands/${brandId}`),
    status: 204,
  },
  'invite a user': {
    permission: 'users.invite',
    ask: (caller, { workspaceId, emptyRoleId }) =>
      caller('POST', `/api/v1/workspaces/${workspaceId}/users/invite`, {
        email: 'newuser@example.com',
        roleId: emptyRoleId,
      }),
    status: 201,
  },
  "change a user's role": {
    permission: 'users.manage',
    ask: (caller, { workspaceId, memberId, emptyRoleId }) =>
      caller('PATCH', `/api/v1/workspaces/${workspaceId}/users/${memberId}`, { roleId: emptyRoleId }),
    status: 200,
  },
  'remove a user': {
    permission: 'users.manage',
    ask: (caller, { workspaceId, memberId }) =>
      caller('DELETE', `/api/v1/workspaces/${workspaceId}/users/${memberId}`),
    status: 204,
  },
  'create a role': {
    permission: 'roles.manage',
    ask: (caller, { workspaceId }) =>
      caller('POST', `/api/v1/workspaces/${workspaceId}/roles`, {
        name: 'Role manager',
        permissions: ['roles.manage'],
      }),
    status: 201,
  },
  'update a role': {
    permission: 'roles.manage',
    ask: (caller, { workspaceId, emptyRoleId }) =>
      caller('PATCH', `/api/v1/workspaces/${workspaceId}/roles/${emptyRoleId}`, { name: 'Renamed' }),
    status: 200,
  },
  'create a campaign': {
    permission: 'campaigns.manage',
    ask: (caller, { workspaceId }) =>
      caller('POST', `/api/v1/workspaces/${workspaceId}/campaigns`, { name: 'Launch', color: '#FF6B35' }),
    status: 201,
  },
  'create a label': {
    permission: 'labels.manage',
    ask: (caller, { workspaceId }) =>
      caller('POST', `/api/v1/workspaces/${workspaceId}/labels`, { name: `Label ${Math.random()}` }),
    status: 201,
  },
  'delete a role': {
    permission: 'roles.manage',
    ask: (caller, { workspaceId, emptyRoleId }) =>
      caller('DELETE', `/api/v1/workspaces/${workspaceId}/roles/${emptyRoleId}`),
    status: 204,
  },
}

let server: Awaited<ReturnType<typeof testApp>>
let stranger: Caller
beforeAll(async () => {
  server = await testApp()
  stranger = await server.stranger()
})
afterAll(() => server.close())

async function world(): Promise<World> {
  const { ctx, owner, member } = server
  const at = { createdAt: ctx.clock.now(), updatedAt: ctx.clock.now() }
  const [brandId, emptyRoleId] = [ctx.newId(), ctx.newId()]
  const { workspaceId } = owner
  await ctx.db
    .insertInto('brands')
    .values({ id: brandId, workspaceId, name: 'Spare', ...at })
    .execute()
  await ctx.db
    .insertInto('roles')
    .values({ id: emptyRoleId, workspaceId, name: emptyRoleId, permissions: [], ...at })
    .execute()
  const { userId: memberId } = await member(workspaceId, [])
  return { workspaceId, brandId, emptyRoleId, memberId }
}

describe.each(Object.entries(guarded))('%s', (_name, { permission, ask, status }) => {
  test(`works with ${permission} alone`, async () => {
    const there = await world()
    const answer = await ask(await server.member(there.workspaceId, [permission]), there)
    expect(answer.statusCode, answer.body).toBe(status)
  })

  test(`is forbidden with everything but ${permission}`, async () => {
    const there = await world()
    const others = allPermissions.filter((one) => one !== permission)
    const answer = await ask(await server.member(there.workspaceId, others), there)
    expect(answer.statusCode, answer.body).toBe(403)
    expect(answer.json().error.code).toBe('FORBIDDEN')
    expect(answer.json().error.message).toContain(permission)
  })

  test('does not exist for another tenant', async () => {
    const answer = await ask(stranger, await world())
    expect(answer.statusCode, answer.body).toBe(404)
    expect(answer.json().error.code).toBe('NOT_FOUND')
    expect(answer.body).not.toContain(server.owner.workspaceId.replaceAll('-', ' '))
  })
})

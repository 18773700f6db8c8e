import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { allPermissions, permissions } from '../../domain/permission.ts'
import type { Context } from '../../operations/context.ts'
import { createRole } from '../../operations/create-role.ts'
import { deleteRole } from '../../operations/delete-role.ts'
import { listRoles } from '../../operations/list-roles.ts'
import { readWorkspace } from '../../operations/read-workspace.ts'
import { updateRole } from '../../operations/update-role.ts'
import {
  errors,
  Id,
  ListOf,
  Name,
  NoContent,
  PageOf,
  pageQuery,
  presentPage,
  workspaceParams,
} from './schemas.ts'

const tags = ['Roles']

const PermissionName = Type.Enum(allPermissions)

const Role = Type.Object(
  {
    id: Id,
    name: Type.String(),
    permissions: Type.Array(PermissionName),
    isSystem: Type.Boolean({ description: 'Comes with every workspace; cannot be changed or deleted' }),
  },
  { title: 'Role' },
)

const PermissionList = Type.Array(PermissionName, { maxItems: 100 })

const roleParams = Type.Object({ workspaceId: Id, roleId: Id })

export const roleRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/workspaces/:workspaceId/roles',
      {
        schema: {
          summary: 'List roles',
          tags,
          params: workspaceParams,
          querystring: Type.Object(pageQuery),
          response: { 200: PageOf(Role), ...errors(400, 404) },
        },
      },
      async (request) =>
        presentPage(await listRoles(ctx, request.actor, { ...request.params, ...request.query }), present),
    )

    app.get(
      '/workspaces/:workspaceId/permissions',
      {
        schema: {
          summary: 'List available permissions',
          description:
            'Every permission a role can hold, and what it allows. `posts.publish` includes `posts.approve`.',
          tags,
          params: workspaceParams,
          response: {
            200: ListOf(Type.Object({ name: PermissionName, description: Type.String() })),
            ...errors(404),
          },
        },
      },
      async (request) => {
        await readWorkspace(ctx, request.actor, request.params.workspaceId)
        return { data: allPermissions.map((name) => ({ name, description: permissions[name] })) }
      },
    )

    app.post(
      '/workspaces/:workspaceId/roles',
      {
        schema: {
          summary: 'Create a role',
          description: 'Needs `roles.manage`, and every permission the role is given.',
          tags,
          params: workspaceParams,
          body: Type.Object({ name: Name, permissions: PermissionList }),
          response: { 201: Role, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) =>
        reply
          .code(201)
          .send(present(await createRole(ctx, request.actor, { ...request.body, ...request.params }))),
    )

    app.patch(
      '/workspaces/:workspaceId/roles/:roleId',
      {
        schema: {
          summary: 'Update a role',
          description: 'Needs `roles.manage`, and every permission the role has had and is given.',
          tags,
          params: roleParams,
          body: Type.Object({ name: Type.Optional(Name), permissions: Type.Optional(PermissionList) }),
          response: { 200: Role, ...errors(400, 403, 404) },
        },
      },
      async (request) =>
        present(await updateRole(ctx, request.actor, { ...request.body, ...request.params })),
    )

    app.delete(
      '/workspaces/:workspaceId/roles/:roleId',
      {
        schema: {
          summary: 'Delete a role',
          description: 'Needs `roles.manage`. Refused while anybody has the role.',
          tags,
          params: roleParams,
          response: { 204: NoContent, ...errors(400, 403, 404) },
        },
      },
      async (request, reply) => {
        await deleteRole(ctx, request.actor, request.params)
        return reply.code(204).send(null)
      },
    )
  }

const present = (role: Awaited<ReturnType<typeof createRole>>): Static<typeof Role> => ({
  id: role.id,
  name: role.name,
  permissions: role.permissions,
  isSystem: role.isSystem,
})

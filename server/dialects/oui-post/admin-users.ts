import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { createUser } from '../../operations/create-user.ts'
import { deleteUser } from '../../operations/delete-user.ts'
import { listUsers } from '../../operations/list-users.ts'
import { updateUser } from '../../operations/update-user.ts'
import { errors, Instant, instant, Message, maybeInstant, Nullable, Success, success } from './envelope.ts'
import { idParams, outId, pathId } from './ids.ts'

const tags = ['Users']
const Role = Type.Union([Type.Literal('admin'), Type.Literal('editor')])
const Name = Type.String({ minLength: 1, maxLength: 100 })
const User = Type.Object({
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  role: Role,
  is_active: Type.Boolean(),
  created_at: Instant,
  last_login: Nullable(Instant),
})

export const adminUserRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/users',
      {
        schema: {
          summary: 'List users',
          tags,
          response: { 200: Success(Type.Object({ users: Type.Array(User) })), ...errors() },
        },
      },
      async (request) => success({ users: (await listUsers(ctx, request.actor)).map(presentUser) }),
    )

    app.post(
      '/users',
      {
        schema: {
          summary: 'Make a user',
          tags,
          body: Type.Object({
            email: Type.String({ format: 'email', maxLength: 254 }),
            name: Name,
            password: Type.String({ minLength: 1, maxLength: 200 }),
            role: Role,
            permissions: Type.Optional(Type.Array(Type.String({ maxLength: 50 }), { maxItems: 20 })),
          }),
          response: { 201: Success(Type.Object({ user: User })), ...errors(409, 422) },
        },
      },
      async (request, reply) => {
        const user = await createUser(ctx, request.actor, { permissions: [], ...request.body })
        reply.code(201)
        return success({ user: presentUser(user) })
      },
    )

    app.put(
      '/users/:id',
      {
        schema: {
          summary: 'Change name, role or whether the user may log in',
          tags,
          params: idParams,
          body: Type.Object({
            name: Type.Optional(Name),
            role: Type.Optional(Role),
            is_active: Type.Optional(Type.Boolean()),
          }),
          response: { 200: Success(Type.Object({ user: User })), ...errors(404, 409, 422) },
        },
      },
      async (request) => {
        const { is_active: isActive, ...body } = request.body
        const id = pathId('user', request.params.id)
        return success({ user: presentUser(await updateUser(ctx, request.actor, { ...body, id, isActive })) })
      },
    )

    app.delete(
      '/users/:id',
      {
        schema: {
          summary: 'Delete a user',
          tags,
          params: idParams,
          response: { 200: Message, ...errors(404, 409) },
        },
      },
      async (request) => {
        await deleteUser(ctx, request.actor, { id: pathId('user', request.params.id) })
        return success({ message: 'User deleted successfully' })
      },
    )
  }

export const roleOf = ({ isInstanceAdmin }: { isInstanceAdmin: boolean }) =>
  isInstanceAdmin ? 'admin' : 'editor'

function presentUser(user: Awaited<ReturnType<typeof createUser>>): Static<typeof User> {
  return {
    id: outId('user', user.id),
    email: user.email,
    name: user.name,
    role: roleOf(user),
    is_active: user.isActive,
    created_at: instant(user.createdAt),
    last_login: maybeInstant(user.lastLoginAt),
  }
}

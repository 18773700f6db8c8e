import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf, userOf } from '../../http/authenticate.ts'
import { throttleLogin } from '../../http/login-throttle.ts'
import type { Context } from '../../operations/context.ts'
import { logIn } from '../../operations/log-in.ts'
import { logOut } from '../../operations/log-out.ts'
import { readProfile } from '../../operations/read-profile.ts'
import { roleOf } from './admin-users.ts'
import { errors, Instant, instant, Message, maybeInstant, Nullable, Success, success } from './envelope.ts'
import { outId } from './ids.ts'

const tags = ['Admin authentication']
/** The example's token lives a day. */
const tokenSeconds = 24 * 60 * 60

const who = { id: Type.String(), email: Type.String(), name: Type.String(), role: Type.String() }

export const adminSessionRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/login',
      {
        config: { public: true },
        schema: {
          summary: 'Log in',
          tags,
          body: Type.Object({
            email: Type.String({ format: 'email', maxLength: 254 }),
            password: Type.String({ minLength: 1, maxLength: 200 }),
          }),
          response: {
            200: Success(Type.Object({ token: Type.String(), expires_at: Instant, user: Type.Object(who) })),
            ...errors(422),
          },
        },
      },
      async (request) => {
        const { accessToken, expiresAt, user } = await throttleLogin(ctx, request, request.body.email, () =>
          logIn(ctx, originOf('oui-post', request), request.body, tokenSeconds),
        )
        return success({
          token: accessToken,
          expires_at: instant(expiresAt),
          user: { id: outId('user', user.id), email: user.email, name: user.name, role: roleOf(user) },
        })
      },
    )

    app.post(
      '/logout',
      {
        schema: {
          summary: 'Log out; the token is dead afterwards',
          tags,
          response: { 200: Message, ...errors() },
        },
      },
      async (request) => {
        await logOut(ctx, userOf(request))
        return success({ message: 'Logged out successfully' })
      },
    )

    app.get(
      '/profile',
      {
        schema: {
          summary: 'Who is logged in',
          tags,
          response: {
            200: Success(
              Type.Object({
                user: Type.Object({
                  ...who,
                  created_at: Instant,
                  last_login: Nullable(Instant),
                  permissions: Type.Array(Type.String()),
                }),
              }),
            ),
            ...errors(),
          },
        },
      },
      async (request) => {
        const user = await readProfile(ctx, request.actor)
        return success({
          user: {
            id: outId('user', user.id),
            email: user.email,
            name: user.name,
            role: roleOf(user),
            created_at: instant(user.createdAt),
            last_login: maybeInstant(user.lastLoginAt),
            permissions: user.permissions,
          },
        })
      },
    )
  }

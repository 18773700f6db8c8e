import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'
import { originOf, userOf } from '../../http/authenticate.ts'
import { throttleLogin } from '../../http/login-throttle.ts'
import type { Context } from '../../operations/context.ts'
import { setUp } from '../../operations/create-first-user.ts'
import { type LoggedIn, logIn, openSession, type RefreshToken } from '../../operations/log-in.ts'
import { logOut } from '../../operations/log-out.ts'
import { readMe } from '../../operations/read-me.ts'
import { refreshSession } from '../../operations/refresh-session.ts'
import { Email, errors, Id, Name, NoContent, Password } from './schemas.ts'

const tags = ['Authentication']
const publicRoute = { public: true }

const User = Type.Object({ id: Id, email: Type.String(), name: Type.String() }, { title: 'User' })

const Login = Type.Object(
  {
    accessToken: Type.String({ description: 'Send it as `Authorization: Bearer <accessToken>`' }),
    expiresIn: Type.Integer({ description: 'Seconds' }),
    user: User,
  },
  { title: 'Login' },
)

const Me = Type.Object(
  {
    id: Id,
    email: Type.String(),
    name: Type.String(),
    isInstanceAdmin: Type.Boolean(),
    workspaces: Type.Array(
      Type.Object({
        id: Id,
        name: Type.String(),
        role: Type.Object({ id: Id, name: Type.String() }),
        permissions: Type.Array(Type.String()),
      }),
      { description: 'At most 200, the earliest joined first; GET /workspaces pages through all' },
    ),
  },
  { title: 'Me' },
)

export const authRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/auth/login',
      {
        config: publicRoute,
        schema: {
          summary: 'Log in',
          description:
            'Answers with an access token and sets the cookie `refreshToken`. Too many wrong passwords for one address are slowed down with 429.',
          tags,
          body: Type.Object({ email: Email, password: Type.String({ minLength: 1, maxLength: 200 }) }),
          response: { 200: Login, ...errors(400) },
        },
      },
      async (request, reply) => {
        const loggedIn = await throttleLogin(ctx, request, request.body.email, () =>
          logIn(ctx, originOf('mypost', request), request.body),
        )
        return presentLogin(ctx, reply, loggedIn)
      },
    )

    app.post(
      '/auth/refresh',
      {
        config: publicRoute,
        schema: {
          summary: 'Refresh the access token',
          description:
            'Takes the cookie `refreshToken` and sets the next one. Each is good once: one that comes back after it was used ends the login. A second tab that presents the same one within 10 seconds gets an access token and no new cookie.',
          tags,
          response: {
            200: Type.Object({ accessToken: Type.String(), expiresIn: Type.Integer() }),
            ...errors(),
          },
        },
      },
      async (request, reply) => {
        const token = request.cookies[cookieName]
        if (!token)
          throw new Refusal('unauthenticated', 'There is no refreshToken cookie. Log in.', {
            rule: 'refresh_token_missing',
          })
        const { accessToken, expiresIn, refreshToken } = await refreshSession(
          ctx,
          originOf('mypost', request),
          token,
        )
        if (refreshToken) setRefreshCookie(ctx, reply, refreshToken)
        return { accessToken, expiresIn }
      },
    )

    app.post(
      '/auth/logout',
      {
        schema: {
          summary: 'Log out',
          description: 'Ends the login: its access tokens and its cookie are refused from now on.',
          tags,
          response: { 204: NoContent, ...errors() },
        },
      },
      async (request, reply) => {
        await logOut(ctx, userOf(request))
        reply.clearCookie(cookieName, cookieAttributes(ctx))
        return reply.code(204).send(null)
      },
    )

    app.get(
      '/auth/me',
      { schema: { summary: 'Get the current user', tags, response: { 200: Me, ...errors() } } },
      async (request) => {
        const { user, memberships } = await readMe(ctx, userOf(request))
        return {
          id: user.id,
          email: user.email,
          name: user.name,
          isInstanceAdmin: user.isInstanceAdmin,
          workspaces: memberships.map(({ workspaceId, workspaceName, role, permissions }) => ({
            id: workspaceId,
            name: workspaceName,
            role,
            permissions,
          })),
        }
      },
    )

    app.post(
      '/auth/setup',
      {
        config: publicRoute,
        schema: {
          summary: 'Make the first user',
          description:
            'Answers the one-time set-up link that a server without users prints at its start, and logs the new user in. Refused with 403 once there is a user.',
          tags,
          body: Type.Object({
            token: Type.String({ minLength: 1, maxLength: 200 }),
            email: Email,
            name: Name,
            password: Password,
          }),
          response: { 201: Login, ...errors(400, 403) },
        },
      },
      async (request, reply) => {
        const origin = originOf('mypost', request)
        const user = await setUp(ctx, origin, request.body)
        const loggedIn = await openSession(ctx, origin, user)
        return reply.code(201).send(presentLogin(ctx, reply, loggedIn))
      },
    )
  }

function presentLogin(
  ctx: Context,
  reply: FastifyReply,
  { accessToken, expiresIn, user, refreshToken }: LoggedIn,
) {
  setRefreshCookie(ctx, reply, refreshToken)
  return { accessToken, expiresIn, user: { id: user.id, email: user.email, name: user.name } }
}

const cookieName = 'refreshToken'

/** Scripts never see it, other sites never send it, and it travels to the auth addresses only. */
const cookieAttributes = (ctx: Context) => ({
  path: '/api/v1/auth',
  httpOnly: true,
  sameSite: 'strict' as const,
  secure: ctx.settings.publicUrl.startsWith('https:'),
})

function setRefreshCookie(ctx: Context, reply: FastifyReply, refreshToken: RefreshToken) {
  reply.setCookie(cookieName, refreshToken.token, {
    ...cookieAttributes(ctx),
    expires: refreshToken.expiresAt,
  })
}

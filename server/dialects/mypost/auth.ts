import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { originOf } from '../../http/authenticate.ts'
import type { Context } from '../../operations/context.ts'
import { logIn, type RefreshToken } from '../../operations/log-in.ts'
import { errors } from './schemas.ts'

const tags = ['Authentication']
const Email = Type.String({ format: 'email', maxLength: 254 })
const User = Type.Object(
  { id: Type.String({ format: 'uuid' }), email: Type.String(), name: Type.String() },
  { title: 'User' },
)
const LoggedIn = Type.Object({
  accessToken: Type.String(),
  expiresIn: Type.Integer({ description: 'Seconds' }),
  user: User,
})

export const authRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/auth/login',
      {
        config: { public: true },
        schema: {
          summary: 'Log in',
          tags,
          body: Type.Object({ email: Email, password: Type.String({ minLength: 1, maxLength: 200 }) }),
          response: { 200: LoggedIn, ...errors(400) },
        },
      },
      async (request, reply) => {
        const { accessToken, expiresIn, user, refreshToken } = await logIn(
          ctx,
          originOf('mypost', request),
          request.body,
        )
        setRefreshCookie(ctx, reply, refreshToken)
        return { accessToken, expiresIn, user }
      },
    )
  }

const cookieName = 'refreshToken'

/** Scripts never see it, other sites never send it, and it travels to the auth addresses only. */
function setRefreshCookie(ctx: Context, reply: FastifyReply, refreshToken: RefreshToken) {
  reply.setCookie(cookieName, refreshToken.token, {
    path: '/api/v1/auth',
    httpOnly: true,
    sameSite: 'strict',
    secure: ctx.settings.publicUrl.startsWith('https:'),
    expires: refreshToken.expiresAt,
  })
}

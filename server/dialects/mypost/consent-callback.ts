import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { originOf } from '../../http/authenticate.ts'
import type { Context } from '../../operations/context.ts'
import { receiveConsent } from '../../operations/finish-connecting.ts'
import { landingPage } from './landing-page.ts'
import { ErrorEnvelope } from './schemas.ts'

/** What networks append differs; these are read, others are ignored. */
const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }))

const page = (description: string) => ({
  description,
  content: { 'text/html': { schema: Type.String() } },
})

/** Where every network sends the browser after its consent page (Bx1, answers 1.9). */
export const consentCallbackRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/social-accounts/callback/:network',
      {
        config: { public: true },
        schema: {
          summary: 'The browser comes back from a network; goes on to `redirectUrl`, or shows a page',
          tags: ['Social accounts'],
          params: Type.Object({ network: Type.String({ maxLength: 50 }) }),
          querystring: Type.Object({ state: text(500), code: text(4000), error: text(200) }),
          response: {
            200: page('The account is connected: a page that says so'),
            302: Type.Null({ description: 'On to `redirectUrl`' }),
            400: {
              description: 'It is not connected: a page that says why',
              content: { ...page('').content, 'application/json': { schema: ErrorEnvelope } },
            },
          },
        },
      },
      async (request, reply) => {
        const { state = '', code, error } = request.query
        const landing = await receiveConsent(ctx, originOf('mypost', request), request.params.network, {
          state,
          code,
          error,
        })
        // The address holds a code and a state: neither caches nor the next site may see it.
        reply.header('cache-control', 'no-store').header('referrer-policy', 'no-referrer')
        if (landing.outcome === 'redirect') return reply.redirect(landing.url, 302)
        return reply
          .code(landing.connected ? 200 : 400)
          .header(
            'content-security-policy',
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
          )
          .type('text/html; charset=utf-8')
          .send(landingPage(landing.title, landing.message))
      },
    )
  }

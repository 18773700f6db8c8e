import type { IncomingMessage } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Context } from '../../operations/context.ts'
import { receiveUpload } from '../../operations/receive-upload.ts'
import { errors } from './schemas.ts'

/** Step 2 of 3: the bytes. Apart from the other routes, because here a body is not parsed but passed on as it comes. */
export const uploadRoutes =
  (ctx: Context): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { bodyLimit: ctx.settings.mediaBytesMax }, (_request, body, done) =>
      done(null, body),
    )
    app.put(
      '/media/uploads/:token',
      {
        config: {
          public: true,
          takes: { mediaType: 'application/octet-stream', schema: Type.Unsafe<unknown>({}) },
        },
        bodyLimit: ctx.settings.mediaBytesMax,
        schema: {
          summary: 'Send the bytes of an upload: step 2 of 3',
          description:
            'The address and its headers come from step 1 and are the permission. May be repeated until step 3.',
          tags: ['Media'],
          params: Type.Object({ token: Type.String({ maxLength: 300 }) }),
          response: { 200: Type.Object({ received: Type.Literal(true) }), ...errors(400, 403, 404) },
        },
      },
      async (request) => {
        const length = request.headers['content-length']
        await receiveUpload(ctx, {
          token: request.params.token,
          contentType: request.headers['content-type'],
          contentLength: length === undefined ? undefined : Number(length),
          body: (request.body ?? request.raw) as IncomingMessage,
        })
        return { received: true as const }
      },
    )
  }

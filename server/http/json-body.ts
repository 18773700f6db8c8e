import type { FastifyInstance } from 'fastify'

/**
 * Takes JSON bodies. Several documented calls have no body but clients send the content type all the same, so an
 * empty one is no body, not an error. A key named `__proto__` is refused.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, text: string, done) => {
      if (text.length === 0) done(null, undefined)
      else parse(request, text, done)
    },
  )
  app.addContentTypeParser('*', (request, _payload, done) => {
    if (request.headers['content-length'] === '0') done(null, undefined)
    else done(new UnsupportedMediaType())
  })
}

class UnsupportedMediaType extends Error {
  readonly statusCode = 415
  readonly code = 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
}

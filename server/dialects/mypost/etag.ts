import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { etagOf } from '../../http/etag.ts'

/** The header that makes a change conditional; a route's `headers` schema. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1000,
      description: 'The ETag of what you read; 412 when it was changed since',
    }),
  ),
})

/** Says which version the answer shows. */
export const tag = (reply: FastifyReply, { version }: { version: number }): void =>
  void reply.header('etag', etagOf(version))

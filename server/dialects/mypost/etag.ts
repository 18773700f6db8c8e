import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Refusal } from '../../domain/refusal.ts'

/** The header that makes a change conditional; spread into a route's schema as `headers`. */
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
  void reply.header('etag', `"${version}"`)

/**
 * The version that the caller asks to change, from If-Match; undefined when it names none or any (`*`). A tag that was
 * never one of ours cannot match.
 */
export function versionWanted(request: FastifyRequest): number | undefined {
  const given = request.headers['if-match']?.trim()
  if (given === undefined || given === '*') return undefined
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(given)?.[1]
  if (version === undefined)
    throw new Refusal('precondition_failed', 'If-Match must be the ETag of an earlier answer, such as "3".', {
      rule: 'version_changed',
    })
  return Number(version)
}

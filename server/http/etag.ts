import type { FastifyRequest } from 'fastify'
import { Refusal } from '../domain/refusal.ts'

/** The entity tag of a row that counts its versions. */
export const etagOf = (version: number): string => `"${version}"`

/**
 * The version the client last saw, from If-Match; undefined when it sent none or `*`. Operations compare it with the
 * row they have locked and refuse (`precondition_failed`), so nobody overwrites what they have not seen.
 */
export function ifMatchOf(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match']?.trim()
  if (!header || header === '*') return undefined
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header)?.[1]
  if (!version)
    throw new Refusal(
      'precondition_failed',
      `If-Match is ${header.slice(0, 50)}, which is no version of ours`,
    )
  return Number(version)
}

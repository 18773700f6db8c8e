import type { Answer } from '../answer.ts'
import { Refused } from '../answer.ts'

/** As the reference server says no; wordings observed on pds 0.5.35, 22 November 2026. */
export const no = (
  status: number,
  error: string,
  message: string,
  headers?: Record<string, string>,
): Answer => ({
  status,
  headers,
  body: { error, message },
})

export const refuse = (status: number, error: string, message: string) =>
  new Refused(no(status, error, message))

export const invalidRequest = (message: string) => refuse(400, 'InvalidRequest', message)
export const missingKey = (name: string) => invalidRequest(`Missing required key "${name}" at $`)
export const authMissing = () => refuse(401, 'AuthMissing', 'Authentication Required')
export const invalidToken = () => refuse(400, 'InvalidToken', 'Token could not be verified')
export const expiredToken = no(400, 'ExpiredToken', 'Token has expired')
export const revokedToken = () => refuse(400, 'ExpiredToken', 'Token has been revoked')
export const internalError = no(500, 'InternalServerError', 'Internal Server Error')

export const tooMany = (resetAt: Date, limit: number, windowMs: number): Answer =>
  no(
    429,
    'RateLimitExceeded',
    'Rate Limit Exceeded',
    rateLimitHeaders({ resetAt, remaining: 0 }, { limit, windowMs }),
  )

/** `RateLimit-Reset` is the second in which the window ends, by the server's own clock. */
export const rateLimitHeaders = (
  { resetAt, remaining }: { resetAt: Date; remaining: number },
  { limit, windowMs }: { limit: number; windowMs: number },
): Record<string, string> => ({
  'ratelimit-limit': String(limit),
  'ratelimit-remaining': String(remaining),
  'ratelimit-reset': String(Math.ceil(resetAt.getTime() / 1000)),
  'ratelimit-policy': `${limit};w=${windowMs / 1000}`,
})

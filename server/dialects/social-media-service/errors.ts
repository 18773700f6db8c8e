import type { Answer } from '../../http/dialect.ts'
import type { HttpFailure } from '../../http/failure.ts'

const statuses: Record<HttpFailure['code'], number> = {
  invalid: 400,
  wrong_state: 400,
  conflict: 400,
  precondition_failed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  too_large: 400,
  unsupported_media_type: 400,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
}

/** `{"detail": "…"}` and the documented statuses (AR3, AR4); fields that are wrong are named in the sentence. */
export function presentFailure(failure: HttpFailure): Answer {
  const headers: Record<string, string> = {}
  if (failure.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer'
  if (failure.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)))
  return { status: statuses[failure.code], headers, body: { detail: detailOf(failure) } }
}

function detailOf({ code, message, issues }: HttpFailure): string {
  if (code === 'unauthenticated') return 'Could not validate credentials'
  if (code === 'rate_limited') return 'Rate limit exceeded'
  if (code === 'internal') return 'Internal server error'
  const isToldAlready = issues.length < 2 && issues.every((issue) => message.includes(issue.message))
  return isToldAlready ? message : issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
}

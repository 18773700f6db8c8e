import type { Answer } from '../../http/dialect.ts'
import type { HttpFailure } from '../../http/failure.ts'

/**
 * The documented envelope (BR5) with the six documented codes (BR6). Three more name what the document has no word
 * for: CONFLICT (a duplicate, or an idempotency key in flight), PRECONDITION_FAILED (If-Match) and UNAVAILABLE.
 */
export function presentFailure(failure: HttpFailure, requestId: string): Answer {
  const { status, code } = words[failure.code]
  return {
    status,
    headers: headersOf(failure),
    body: {
      error: {
        code,
        message: failure.message,
        details: failure.issues.map(({ path, message, ...facts }) => ({ path, message, ...facts })),
        requestId,
      },
    },
  }
}

const words: Record<HttpFailure['code'], { status: number; code: string }> = {
  invalid: { status: 400, code: 'VALIDATION_ERROR' },
  wrong_state: { status: 400, code: 'VALIDATION_ERROR' },
  unauthenticated: { status: 401, code: 'UNAUTHORIZED' },
  forbidden: { status: 403, code: 'FORBIDDEN' },
  not_found: { status: 404, code: 'NOT_FOUND' },
  conflict: { status: 409, code: 'CONFLICT' },
  precondition_failed: { status: 412, code: 'PRECONDITION_FAILED' },
  too_large: { status: 413, code: 'VALIDATION_ERROR' },
  unsupported_media_type: { status: 415, code: 'VALIDATION_ERROR' },
  rate_limited: { status: 429, code: 'RATE_LIMITED' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
  unavailable: { status: 503, code: 'UNAVAILABLE' },
}

function headersOf(failure: HttpFailure): Record<string, string> {
  const headers: Record<string, string> = {}
  if (failure.code === 'unauthenticated') headers['www-authenticate'] = 'Bearer'
  if (failure.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)))
  return headers
}

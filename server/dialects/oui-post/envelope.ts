import { type Static, type TSchema, Type } from 'typebox'
import type { Answer } from '../../http/dialect.ts'
import type { HttpFailure } from '../../http/failure.ts'

/** `{"success": true, "data": …}` (CR3). */
export const Success = <T extends TSchema>(data: T) => Type.Object({ success: Type.Literal(true), data })
export const success = <T>(data: T) => ({ success: true as const, data })

export const Message = Success(Type.Object({ message: Type.String() }))

export const Instant = Type.String({ format: 'date-time' })
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const instant = (at: Date) => at.toISOString()
export const maybeInstant = (at: Date | null) => at?.toISOString() ?? null

const Failed = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Object({}, { additionalProperties: true }),
    }),
  },
  { title: 'Error' },
)

const told: Record<number, string> = {
  400: 'The header X-Workspace-ID is missing',
  401: 'No credential, or one that is invalid or expired',
  403: 'The key or the user may not do this',
  404: 'Nothing has this id here',
  409: 'The state of the thing does not allow it',
  413: 'The body is too large',
  415: 'The body is not of a type this address reads',
  422: 'The request is invalid; `details` says which fields',
  429: 'Over the limit of the key; see Retry-After',
  500: 'Our mistake',
  503: 'Something this needs cannot be reached right now',
}

/** The errors of a route by status: `...errors(404, 422)`. 401, 403, 429, 500 and 503 go with every route. */
export const errors = (...statuses: number[]): Record<number, typeof Failed> =>
  Object.fromEntries(
    [...statuses, 401, 403, 429, 500, 503].map((status) => [
      status,
      { ...Failed, description: told[status] } as typeof Failed,
    ]),
  )

const words: Record<HttpFailure['code'], { status: number; code: string }> = {
  invalid: { status: 422, code: 'VALIDATION_ERROR' },
  wrong_state: { status: 409, code: 'CONFLICT' },
  conflict: { status: 409, code: 'CONFLICT' },
  unauthenticated: { status: 401, code: 'UNAUTHORIZED' },
  forbidden: { status: 403, code: 'FORBIDDEN' },
  not_found: { status: 404, code: 'NOT_FOUND' },
  precondition_failed: { status: 412, code: 'PRECONDITION_FAILED' },
  too_large: { status: 413, code: 'VALIDATION_ERROR' },
  unsupported_media_type: { status: 415, code: 'VALIDATION_ERROR' },
  rate_limited: { status: 429, code: 'RATE_LIMIT_EXCEEDED' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
  unavailable: { status: 503, code: 'SERVICE_UNAVAILABLE' },
}

/** Rules that this dialect has a code of its own for. */
const codesByRule: Record<string, { status: number; code: string }> = {
  workspace_required: { status: 400, code: 'WORKSPACE_REQUIRED' },
  post_not_editable: { status: 409, code: 'POST_NOT_EDITABLE' },
  approval_required: { status: 409, code: 'APPROVAL_REQUIRED' },
  media_in_use: { status: 409, code: 'MEDIA_IN_USE' },
  user_inactive: { status: 403, code: 'FORBIDDEN' },
}

/** The documented envelope; `details` is an object of field and message. */
export function presentFailure(failure: HttpFailure): Answer {
  const { status, code } = codesByRule[failure.rule] ?? words[failure.code]
  const details: Record<string, string> = {}
  for (const { path, message } of failure.issues) details[path] ??= message
  return {
    status,
    headers:
      failure.retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000))) },
    body: { success: false, error: { code, message: failure.message, details } },
  }
}

// ---------------------------------------------------------------- paging (CR4)

export const pageQuery = {
  page: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1 }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
}

export const Pagination = Type.Object({
  current_page: Type.Integer(),
  total_pages: Type.Integer(),
  total_items: Type.Integer(),
  per_page: Type.Integer(),
})

export const paginationOf = (
  { page, limit }: { page: number; limit: number },
  total: number,
): Static<typeof Pagination> => ({
  current_page: page,
  total_pages: Math.ceil(total / limit),
  total_items: total,
  per_page: limit,
})

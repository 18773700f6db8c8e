import { type TSchema, Type } from 'typebox'

export const Id = Type.String({ format: 'uuid' })
export const Instant = Type.String({ format: 'date-time' })
export const Day = Type.String({ format: 'date' })
export const Color = Type.String({ pattern: '^#[0-9A-Fa-f]{6}$', description: '#RRGGBB' })
export const Name = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })
export const Caption = Type.String({ maxLength: 100_000 })
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const OneOf = <const T extends string>(...values: T[]) => Type.Enum(values)
export const ListOf = <T extends TSchema>(item: T) => Type.Object({ data: Type.Array(item) })
export const NoContent = Type.Null({ description: 'Done; no body' })

const Failure = Type.Object(
  {
    error: Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Array(
        Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
      ),
    }),
  },
  { title: 'Error' },
)

const told: Record<number, string> = {
  401: 'UNAUTHORIZED: no credential, or one that is invalid or expired',
  403: 'INSUFFICIENT_PERMISSIONS, or SELF_APPROVAL',
  404: 'SLOT_NOT_FOUND, CONNECTION_NOT_FOUND, CAMPAIGN_NOT_FOUND, LABEL_NOT_FOUND or RECURRING_NOT_FOUND',
  409: 'INVALID_STATUS_TRANSITION, LABEL_EXISTS, or CONFLICT: connected in another brand already',
  413: 'VALIDATION_ERROR: the body is too large',
  415: 'VALIDATION_ERROR: the body is not JSON',
  422: 'VALIDATION_ERROR, SCHEDULE_PAST_TIME, CONNECTION_EXPIRED, INVALID_CONTENT_TYPE, MEDIA_REQUIRED, PLATFORM_VALIDATION_FAILED, BULK_LIMIT_EXCEEDED or INVALID_OAUTH_STATE',
  429: 'PUBLISH_LIMIT_REACHED: the tenant has as many slots as its plan allows; or RATE_LIMITED',
  500: 'INTERNAL_ERROR: our mistake',
  503: 'UNAVAILABLE: something this needs cannot be reached right now',
}

/** 401, 403, 429, 500 and 503 go with every address. */
export const errors = (...statuses: number[]): Record<number, typeof Failure> =>
  Object.fromEntries(
    [...statuses, 401, 403, 429, 500, 503].map((status) => [
      status,
      { ...Failure, description: told[status] } as typeof Failure,
    ]),
  )

/** What a parameter means, where its route does not say. */
export const parameters: Record<string, string> = {
  platform: 'The network, such as `twitter`',
  connectionId: 'A connected social account',
  campaignId: 'A campaign',
  labelId: 'A label',
  slotId: 'A content slot',
  scheduleId: 'A recurring schedule',
  status: 'Only those in this state',
  from: 'Start of the range',
  to: 'End of the range',
  page: 'Which page, from 1',
  limit: 'How many on a page',
}

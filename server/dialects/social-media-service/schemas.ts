import { type TSchema, Type } from 'typebox'
import { invalidAt } from '../../domain/refusal.ts'
import { parseInstant } from '../../domain/wall-clock.ts'

/** The vocabulary that every route of this dialect is written in. */

/** Integer ids, as strings in the path; longer ones name nothing. */
export const idParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,10}$' }) })
export const Id = Type.Integer({ minimum: 1 })

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** `2025-12-23T10:00:00`: no zone is written, UTC is meant (answers 1.7). */
export const Time = Type.String({ examples: ['2025-12-25T10:00:00'], description: 'UTC, without a zone' })
export const GivenTime = Type.String({ maxLength: 40, description: 'ISO 8601; UTC where it names no offset' })
export const time = (at: Date) => at.toISOString().slice(0, 19)
export const maybeTime = (at: Date | null) => (at ? time(at) : null)

export function readTime(path: string, text: string): Date {
  const at = parseInstant(text, 'UTC')
  if (!at) throw invalidAt(path, `${path} must be a date-time such as 2025-12-25T10:00:00`, 'time')
  return at
}

/** `?skip=0&limit=20` (AR7); `offset` is another word for `skip`. */
export const pageQuery = {
  skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
}
export const pageOf = ({ skip, offset, limit }: { skip?: number; offset?: number; limit: number }) => ({
  offset: skip ?? offset ?? 0,
  limit,
})

const ErrorDetail = Type.Object({ detail: Type.String() }, { title: 'Error' })
const told: Record<number, string> = {
  400: 'The request is invalid, or the state of the thing does not allow it',
  401: 'No token, or one that is invalid or expired',
  403: 'It belongs to another workspace, or your role does not allow it',
  404: 'Nothing has this id',
  429: 'More than 60 requests in a minute',
  500: 'Our mistake',
  503: 'Buffer, or something else that this needs, cannot be reached right now',
}

/** The errors of a route by status: `...errors(400, 404)`. 401, 403, 429, 500 and 503 go with every route. */
export const errors = (...statuses: number[]): Record<number, typeof ErrorDetail> =>
  Object.fromEntries(
    [...statuses, 401, 403, 429, 500, 503].map((status) => [
      status,
      { ...ErrorDetail, description: told[status] },
    ]),
  )

export const Message = Type.Object({ message: Type.String() })
export const deleted = (thing: string) => ({ message: `${thing} deleted successfully` })

/** What a parameter means, where its route does not say. */
export const parameters: Record<string, string> = {
  id: 'The number of the thing in this address',
  skip: 'How many to leave out at the start of the list',
  offset: 'Another word for `skip`',
  limit: 'How many at most',
  platform: 'Only those of this network, such as `twitter`',
  status: 'Only those in this state',
  status_filter: 'Another word for `status`',
  campaign_id: 'Only those of this campaign',
  campaign_type: 'Only campaigns of this type',
  post_id: 'Only those of this post',
  post_type: 'Only posts of this type',
  start_date: 'From the beginning of this day (UTC), as YYYY-MM-DD',
  end_date: 'To the end of this day (UTC), as YYYY-MM-DD',
  schedule_immediately: 'Hands each post over at once, instead of leaving drafts',
  days: 'How many days to look back',
}

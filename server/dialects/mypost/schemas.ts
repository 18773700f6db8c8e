import { type Static, type TSchema, Type } from 'typebox'
import type { Page } from '../../operations/page.ts'
import { passwordLengthMax, passwordLengthMin } from '../../operations/password-rules.ts'

/** The vocabulary that every route of this dialect is written in. */

export const Id = Type.String({ format: 'uuid' })
export const Instant = Type.String({
  format: 'date-time',
  description: 'ISO 8601 with a zone; answers are UTC, `Z`',
})

export const Email = Type.String({ format: 'email', maxLength: 254 })
/** Of a person, a workspace, a brand ...; not blank. */
export const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
export const Description = Type.String({ maxLength: 2000 })
export const Password = Type.String({ minLength: passwordLengthMin, maxLength: passwordLengthMax })

/** `T` or null, as one JSON Schema union. */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** One of a few words, as a plain `enum`. */
export const OneOf = <const T extends string>(...values: T[]) => Type.Enum(values)

export const workspaceParams = Type.Object({ workspaceId: Id })
export const brandParams = Type.Object({ brandId: Id })
export const idParams = Type.Object({ id: Id })

export const ErrorEnvelope = Type.Object(
  {
    error: Type.Object({
      code: Type.String(),
      message: Type.String(),
      details: Type.Array(
        Type.Object({ path: Type.String(), message: Type.String() }, { additionalProperties: true }),
      ),
      requestId: Type.String(),
    }),
  },
  { title: 'Error' },
)
export type ErrorEnvelope = Static<typeof ErrorEnvelope>

const told: Record<number, string> = {
  400: 'The request is invalid, or the thing is in a state that does not allow it; `details` says which field',
  401: 'No access token, or one that is invalid or expired',
  403: 'Your role in this workspace lacks the permission',
  404: 'Nothing has this id, or it belongs to a workspace you are no member of',
  409: 'A duplicate, or the same Idempotency-Key with another body or still in flight',
  412: 'If-Match names another version',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many requests; see Retry-After',
  500: 'Our mistake',
  503: 'Something this needs cannot be reached right now',
}

type Told = Record<number, typeof ErrorEnvelope>

/** The documented errors of a route, by status: `...errors(400, 403, 404)`. 401, 429, 500 and 503 go with every route. */
export function errors(...statuses: number[]): Told {
  return Object.fromEntries(
    [...statuses, 401, 429, 500, 503].map((status) => [
      status,
      { ...ErrorEnvelope, description: told[status] } as typeof ErrorEnvelope,
    ]),
  )
}

export const NoContent = Type.Null({ description: 'Done; no body' })

/** `{data: [...]}` (unpaged lists). */
export const ListOf = <T extends TSchema>(item: T) => Type.Object({ data: Type.Array(item) })

/** `{data: [...], page: {nextCursor}}`. */
export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object({
    data: Type.Array(item),
    page: Type.Object({
      nextCursor: Nullable(Type.String({ description: 'Give it back as `cursor`; null on the last page' })),
    }),
  })

/** `limit` and `cursor` (BR9); spread into a query schema. */
export const pageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
  cursor: Type.Optional(Type.String({ maxLength: 1000 })),
}

/** The answer of a paged list, in the shape of `PageOf`. */
export const presentPage = <Item, Shown>(page: Page<Item>, present: (item: Item) => Shown) => ({
  data: page.items.map(present),
  page: { nextCursor: page.nextCursor },
})

/** What a parameter means, where its route does not say. */
export const parameters: Record<string, string> = {
  id: 'The id of the thing in this address',
  workspaceId: 'The workspace',
  brandId: 'The brand',
  accountId: 'A connected social account',
  postId: 'A post',
  campaignId: 'A campaign of the workspace',
  labelId: 'A label of the workspace',
  roleId: 'A role of the workspace',
  userId: 'A member of the workspace',
  deliveryId: 'A delivery of this webhook, or of a post to one account',
  network: 'A network, such as `bluesky`; `GET /api/v1/networks` lists them',
  limit: 'How many at most',
  cursor: 'The `page.nextCursor` of the page before',
  offset: 'How many to leave out at the start of the list',
  status: 'Only those in this state',
  action: 'Only this action, such as `post.published`',
  resourceType: 'Only events about things of this kind, such as `post`',
  resourceId: 'Only events about this thing',
  dryRun: 'Checks everything and changes nothing',
  state: 'What the network was given when the consent began',
  code: 'What the network gave after the consent',
  error: 'What the network said when no consent was given',
  token: 'The signed token of an upload address',
}

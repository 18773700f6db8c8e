import { GraphQLError } from 'graphql'
import { type Answer, Refused } from '../answer.ts'

/**
 * How Buffer says no (https://developers.buffer.com/guides/error-handling.html, November 2026): what the caller can mend
 * is a member of the mutation's payload; the rest are `errors` with a code, with status 200 all the same.
 */
export const codes = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'UNEXPECTED',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
] as const
export type Code = (typeof codes)[number]

export const payloadErrors = [
  'InvalidInputError',
  'LimitReachedError',
  'NotFoundError',
  'UnauthorizedError',
  'UnexpectedError',
  'RestProxyError',
] as const
export type PayloadError = (typeof payloadErrors)[number]

export const errorsAnswer = (status: number, code: string, message: string, extensions = {}): Answer => ({
  status,
  body: { data: null, errors: [{ message, extensions: { code, ...extensions } }] },
})

export const problem = (code: Code, message: string) => new Refused(errorsAnswer(200, code, message))

/** The one refusal besides the rate limit that has a status of its own. */
export const unauthenticated = new Refused(
  errorsAnswer(401, 'UNAUTHENTICATED', 'An API key is required: Authorization: Bearer <key>'),
)

/** For a resolver: `errors`, with the field's path. */
export const fieldError = (code: string, message: string) =>
  new GraphQLError(message, { extensions: { code } })

/** Thrown inside a mutation; becomes the member of its payload. */
export class Declined extends Error {
  readonly kind: PayloadError
  constructor(kind: PayloadError, message: string) {
    super(message)
    this.kind = kind
  }
}

export const invalid = (message: string) => new Declined('InvalidInputError', message)

/** The classic API's code that a proxied refusal carries: a duplicate of a recent post. */
const duplicateCode = 1025

export const payloadOf = ({ kind, message }: Pick<Declined, 'kind' | 'message'>) => ({
  __typename: kind,
  message,
  ...(kind === 'RestProxyError' && { link: null, code: duplicateCode }),
})

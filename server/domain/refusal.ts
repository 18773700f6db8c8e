/**
 * A refusal is how an operation says no to its caller: the request was understood and will not be done.
 * It is thrown, because saying no must also undo the transaction. Each dialect translates `code` and `rule`
 * into its own status and words; nothing here knows HTTP.
 */
export class Refusal extends Error {
  readonly code: RefusalCode
  /** Machine-readable reason within the code, e.g. `schedule_past_time`. Dialect D's error codes come from it. */
  readonly rule: string
  readonly issues: Issue[]
  /** For `rate_limited` and `unavailable`: when asking again makes sense, in milliseconds from now. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: RefusalCode,
    message: string,
    more: { rule?: string; issues?: Issue[]; retryAfterMs?: number } = {},
  ) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.rule = more.rule ?? more.issues?.[0]?.rule ?? code
    this.issues = more.issues ?? []
    this.retryAfterMs = more.retryAfterMs
  }
}

export type RefusalCode =
  | 'unauthenticated' // no or bad credential
  | 'forbidden' // known caller, missing permission
  | 'not_found' // absent, or another tenant's
  | 'invalid' // the input breaks a rule; issues say which
  | 'wrong_state' // the thing is in a state that does not allow the verb
  | 'conflict' // a duplicate, or a request in flight
  | 'precondition_failed' // If-Match did not match
  | 'rate_limited'
  | 'unavailable' // something we depend on is away

/**
 * One broken rule, told to a person and to a program.
 * `path` is dotted (`overrides.<accountId>.content`); `limit` and `value` are in the unit the message names.
 */
export interface Issue {
  path: string
  rule: string
  message: string
  remedy?: string
  limit?: number
  value?: number
  accountId?: string
  network?: string
}

export const notFound = (thing: string, id?: string) =>
  new Refusal('not_found', id ? `${thing} ${id} not found` : `${thing} not found`, {
    rule: `${snake(thing)}_not_found`,
  })

export const forbidden = (message: string, rule = 'forbidden') => new Refusal('forbidden', message, { rule })

export const invalid = (issues: Issue[], message?: string) =>
  new Refusal('invalid', message ?? issues[0]?.message ?? 'The request is invalid', { issues })

export const invalidAt = (path: string, message: string, rule = 'invalid') =>
  invalid([{ path, rule, message }])

export const wrongState = (message: string, rule = 'wrong_state') =>
  new Refusal('wrong_state', message, { rule, issues: [{ path: 'status', rule, message }] })

const snake = (words: string) => words.toLowerCase().replaceAll(/\W+/g, '_')

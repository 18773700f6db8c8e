import type { paths } from './api.ts'

/** What the generated description says of one operation, as the client's caller needs it. */
export type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** Everything the client speaks to lies under this. */
export type Prefix = '/api/v1'

type Operations = {
  [P in keyof paths as P extends `${Prefix}${infer Rest}` ? Rest : never]: paths[P]
}

/** Paths that have this verb, without the prefix: `/brands/{brandId}/posts`. */
export type PathOf<V extends Verb> = {
  [P in keyof Operations]: Operations[P] extends { [K in V]: { responses: unknown } } ? P : never
}[keyof Operations]

export type OperationOf<V extends Verb, P extends PathOf<V>> = Operations[P][V & keyof Operations[P]]

type Parameters<O, Place extends 'path' | 'query'> = O extends {
  parameters: { [K in Place]: infer Given }
}
  ? Given
  : O extends { parameters: { [K in Place]?: infer Given } }
    ? Given
    : undefined

type Body<O> = O extends { requestBody: { content: { 'application/json': infer Sent } } }
  ? Sent
  : O extends { requestBody?: { content: { 'application/json': infer Sent } } }
    ? Sent | undefined
    : undefined

/** A field that is optional when it may be left out altogether. */
type Field<Name extends string, Value> = [Value] extends [undefined]
  ? unknown
  : undefined extends Value
    ? { [K in Name]?: Exclude<Value, undefined> }
    : { [K in Name]: Value }

/** What is sent: the path's and the query's parameters and the body, each only where the operation has it. */
export type Input<O> = Field<'path', Parameters<O, 'path'>> &
  Field<'query', OptionalIfEmpty<Parameters<O, 'query'>>> &
  Field<'body', Body<O>>

/** A query none of whose parameters is needed need not be there at all. */
type OptionalIfEmpty<Given> = Given extends object
  ? Partial<Given> extends Given
    ? Given | undefined
    : Given
  : undefined

type Success = 200 | 201 | 202 | 204

/** The body of the success; `undefined` where there is none. */
export type Output<O> = O extends { responses: infer Answers }
  ? {
      [Status in keyof Answers & Success]: Answers[Status] extends {
        content: { 'application/json': infer Shown }
      }
        ? Shown
        : undefined
    }[keyof Answers & Success]
  : never

/** An item of a paged list. */
export type ItemOf<O> = Output<O> extends { data: (infer Item)[] } ? Item : never

export interface CallOptions {
  signal?: AbortSignal
  /**
   * Makes a creating POST safe to repeat: the same key and body answers the first result again, for 24 hours. Every
   * `post` carries a new one unless you give your own.
   */
  idempotencyKey?: string
  /** The `etag` of the version you mean to change, for `If-Match`. */
  ifMatch?: string
}

/** `[]` where nothing needs to be given. */
export type Given<O> =
  Partial<Input<O>> extends Input<O> ? [input?: Input<O> & CallOptions] : [input: Input<O> & CallOptions]

export type Call<V extends Verb> = <P extends PathOf<V>>(
  path: P,
  ...given: Given<OperationOf<V, P>>
) => Promise<Output<OperationOf<V, P>>>

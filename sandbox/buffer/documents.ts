import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  getOperationAST,
  Kind,
  parse,
  type SelectionSetNode,
  specifiedRules,
  validate,
  valueFromASTUntyped,
  visit,
} from 'graphql'
import { schema } from './schema.ts'

/** What a request asks for, or why it cannot be run. */
export type Asked =
  | {
      outcome: 'valid'
      document: DocumentNode
      variables: Record<string, unknown>
      operationName: string | undefined
      fields: AskedField[]
    }
  | { outcome: 'invalid'; errors: readonly GraphQLError[] }

/** A field of the root, with its `input` as it was written. */
export interface AskedField {
  name: string
  input: Record<string, unknown>
}

/** Buffer's own limits (https://developers.buffer.com/guides/api-limits); its query cost is not counted here. */
const depthMax = 25
const aliasesMax = 30
/** Many times the longest document anybody writes; a longer one would only keep the machine busy. */
const tokensMax = 15_000
const errorsMax = 20

export function readDocument(body: unknown): Asked {
  const { query, variables, operationName } = (body ?? {}) as Record<string, unknown>
  if (typeof query !== 'string' || query === '')
    return refused('BAD_USER_INPUT', 'The body must be JSON with a query')
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens: tokensMax })
  } catch (error) {
    return refused('GRAPHQL_PARSE_FAILED', (error as Error).message)
  }
  const errors = validate(schema, document, specifiedRules, { maxErrors: errorsMax })
  if (errors.length > 0)
    return { outcome: 'invalid', errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) }
  const tooMuch = limitPassed(document)
  if (tooMuch) return refused('GRAPHQL_VALIDATION_FAILED', tooMuch)
  const name = typeof operationName === 'string' ? operationName : undefined
  const operation = getOperationAST(document, name)
  if (!operation) return refused('BAD_USER_INPUT', 'operationName does not name one operation of the query')
  const values = isRecord(variables) ? variables : {}
  return {
    outcome: 'valid',
    document,
    variables: values,
    operationName: name,
    fields: rootFields(operation.selectionSet, fragmentsOf(document)).map((field) => ({
      name: field.name.value,
      input: inputOf(field, values),
    })),
  }
}

function inputOf(field: FieldNode, variables: Record<string, unknown>): Record<string, unknown> {
  const given = field.arguments?.find(({ name }) => name.value === 'input')
  const input = given && valueFromASTUntyped(given.value, variables)
  return isRecord(input) ? input : {}
}

type Fragments = Map<string, SelectionSetNode>

const fragmentsOf = (document: DocumentNode): Fragments =>
  new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [],
    ),
  )

function rootFields(set: SelectionSetNode, fragments: Fragments): FieldNode[] {
  return set.selections.flatMap((one): FieldNode[] => {
    if (one.kind === Kind.FIELD) return [one]
    const inner = one.kind === Kind.INLINE_FRAGMENT ? one.selectionSet : fragments.get(one.name.value)
    return inner ? rootFields(inner, fragments) : []
  })
}

function limitPassed(document: DocumentNode): string | null {
  let aliases = 0
  visit(document, {
    Field(field) {
      if (field.alias) aliases++
    },
  })
  if (aliases > aliasesMax) return `The query has ${aliases} aliases; ${aliasesMax} are allowed`
  const fragments = fragmentsOf(document)
  const depths = document.definitions.map((one) =>
    one.kind === Kind.OPERATION_DEFINITION ? depthOf(one.selectionSet, fragments) : 0,
  )
  const depth = Math.max(...depths)
  return depth > depthMax ? `The query is ${depth} levels deep; ${depthMax} are allowed` : null
}

/** Validation has made sure that no fragment holds itself. */
function depthOf(set: SelectionSetNode, fragments: Fragments): number {
  return Math.max(
    ...set.selections.map((one) => {
      if (one.kind === Kind.FIELD) return 1 + (one.selectionSet ? depthOf(one.selectionSet, fragments) : 0)
      const inner = one.kind === Kind.INLINE_FRAGMENT ? one.selectionSet : fragments.get(one.name.value)
      return inner ? depthOf(inner, fragments) : 0
    }),
  )
}

const refused = (code: string, message: string): Asked => ({
  outcome: 'invalid',
  errors: [new GraphQLError(message, { extensions: { code } })],
})

const withCode = (error: GraphQLError, code: string) =>
  new GraphQLError(error.message, { nodes: error.nodes, extensions: { code } })

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

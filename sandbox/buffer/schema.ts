import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, GraphQLError, type GraphQLSchema, isScalarType, specifiedScalarTypes } from 'graphql'

const files = ['api', 'inputs', 'metadata', 'metadata-inputs', 'words']

/** The part of Buffer's schema that the sandbox speaks, as text: `schema/`. */
export const schemaText = files
  .map((name) => readFileSync(join(import.meta.dirname, 'schema', `${name}.graphql`), 'utf8'))
  .join('\n')

export const schema = withScalars(buildSchema(schemaText))

/** Ids are opaque strings, times ISO 8601 with a zone; a schema's text cannot say so. */
function withScalars(made: GraphQLSchema): GraphQLSchema {
  const standard = new Set(specifiedScalarTypes.map(({ name }) => name))
  for (const type of Object.values(made.getTypeMap())) {
    if (!isScalarType(type) || standard.has(type.name)) continue
    type.coerceInputValue = type.name === 'DateTime' ? readTime : (value) => readId(type.name, value)
  }
  return made
}

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/

function readTime(value: unknown): string {
  const at = typeof value === 'string' && isoTime.test(value) ? new Date(value) : null
  if (!at || Number.isNaN(at.getTime()))
    throw new GraphQLError('DateTime cannot represent an invalid date-time-string with a zone.')
  return at.toISOString()
}

/** Buffer's ids are 24 hexadecimal digits; the sandbox takes what a test calls its channel. */
const idCharactersMax = 200

function readId(type: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > idCharactersMax)
    throw new GraphQLError(`${type} must be a string that is not empty.`)
  return value
}

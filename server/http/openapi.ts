import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyContextConfig, FastifyInstance, FastifySchema } from 'fastify'
import { type TSchema, Type } from 'typebox'
import type { Examples, HttpDialect } from './dialect.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For the documentation: the body of a route that reads it itself. */
    takes?: { mediaType: string; schema: TSchema }
  }
}

type Json = Record<string, unknown>

/** How @fastify/swagger reads the routes of one dialect: its own document, in the newest version of the format. */
export function openApiOptions(dialect: HttpDialect): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: { title: dialect.title, description: dialect.description, version: '1' },
      servers: [{ url: '/' }],
      components: { securitySchemes: dialect.securitySchemes ?? bearerOnly },
    },
    transform: ({ schema, url, route }) => {
      const { public: isPublic = false, idempotency, takes } = (route.config ?? {}) as FastifyContextConfig
      const names = Object.keys(dialect.securitySchemes ?? bearerOnly)
      const security = isPublic ? [] : (dialect.securityOf?.(url) ?? names.map((name) => ({ [name]: [] })))
      const operationId = schema?.summary ? camelCase(String(schema.summary)) : undefined
      const takesKey =
        dialect.acceptsIdempotencyKeys && route.method === 'POST' && !isPublic && idempotency !== false
      const headers = takesKey ? withIdempotencyKey(schema?.headers) : schema?.headers
      const implied = impliedStatuses(dialect, { ...schema, headers }, String(route.method), isPublic)
      const response = {
        ...dialect.errors(...implied, ...(takesKey ? [409] : [])),
        ...(schema?.response as object | undefined),
      }
      const body = takes ? { consumes: [takes.mediaType], body: takes.schema } : {}
      return { schema: { ...schema, ...body, headers, security, operationId, response }, url }
    },
  }
}

/**
 * What any route of its kind can answer, whatever it does: a parameter or a body may be wrong or unreadable, an id may
 * name nothing. What a route does beyond that it declares itself.
 */
function impliedStatuses(
  { statuses }: HttpDialect,
  schema: FastifySchema,
  method: string,
  isPublic: boolean,
): number[] {
  const found: number[] = []
  // A body that nobody asked for is read too, and may be none.
  if (method !== 'GET') found.push(statuses.invalid, ...statuses.unreadable)
  if (schema.params || schema.querystring || schema.headers) found.push(statuses.invalid)
  if (schema.params && !isPublic) found.push(404)
  return found
}

const idempotencyKey = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 255,
    description:
      'Chosen by you for one request: a repetition with the same key within a day is answered as the first was, and done once',
  }),
)

function withIdempotencyKey(headers: unknown): TSchema {
  const own = (headers as { properties?: Record<string, TSchema> } | undefined)?.properties
  return Type.Object({ ...own, 'Idempotency-Key': idempotencyKey })
}

const bearerOnly = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token from `POST /api/v1/auth/login`',
  },
} as const

const camelCase = (summary: string) =>
  summary
    .replace(/['’]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word, index) => (index === 0 ? word.toLowerCase() : capital(word)))
    .join('')

const capital = (word: string) => (word[0]?.toUpperCase() ?? '') + word.slice(1)

/**
 * The OpenAPI document of a dialect, from the schemas its routes are checked against. Schemas with a title become
 * components, so that a generated client has one type for each and the document stays readable.
 */
export function openApiDocument(own: FastifyInstance, dialect: HttpDialect): Json {
  const document = structuredClone(own.swagger()) as unknown as Json
  addExamples(document.paths as Paths, dialect.examples ?? {})
  describeParameters(document.paths as Paths, dialect.parameters)
  const schemas: Record<string, Json> = {}
  const hoisted = hoist(document, schemas) as Json
  const components = hoisted.components as Json
  components.schemas = { ...(components.schemas as Json | undefined), ...schemas }
  return hoisted
}

type Content = Record<string, { example?: unknown }>
interface Operation {
  parameters?: { name: string; description?: string; required?: boolean; schema?: { default?: unknown } }[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}
type Paths = Record<string, Record<string, Operation>>

function describeParameters(paths: Paths, meanings: Record<string, string>): void {
  for (const { parameters = [] } of Object.values(paths).flatMap((verbs) => Object.values(verbs)))
    for (const parameter of parameters) {
      const meaning = parameter.description ?? meanings[parameter.name]
      if (meaning) parameter.description = meaning
      // Fastify requires those with a default, and fills them in before it looks.
      if (parameter.schema?.default !== undefined) parameter.required = false
    }
}

/** @throws for an example of an operation that does not exist: then one of the two has the wrong name. */
function addExamples(paths: Paths, examples: Examples): void {
  for (const [name, { body, answer }] of Object.entries(examples)) {
    const [method = '', path = ''] = name.split(' ')
    const operation = paths[path]?.[method.toLowerCase()]
    if (!operation) throw new Error(`An example is given for ${name}, which is no operation`)
    const success = Object.entries(operation.responses).find(([status]) => /^2/.test(status))?.[1]
    put(operation.requestBody?.content, body, `the body of ${name}`)
    put(success?.content, answer, `the answer of ${name}`)
  }
}

function put(content: Content | undefined, example: unknown, what: string): void {
  if (example === undefined) return
  const json = content?.['application/json']
  if (!json) throw new Error(`An example is given for ${what}, which has no JSON`)
  json.example = example
}

/** Depth first, so that a component names the components within it. One title with two meanings stays in place. */
function hoist(value: unknown, schemas: Record<string, Json>, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => hoist(one, schemas))
  if (typeof value !== 'object' || value === null) return value
  const parts = Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === 'example' ? part : hoist(part, schemas, name),
    ]),
  )
  const { title, ...schema } = parts
  if (typeof title !== 'string' || parts.type !== 'object' || key === 'info') return parts
  // What stands here only describes this one answer, which the document says beside it.
  if (key === 'schema') delete schema.description
  schemas[title] ??= schema
  return JSON.stringify(schemas[title]) === JSON.stringify(schema)
    ? { $ref: `#/components/schemas/${title}` }
    : parts
}

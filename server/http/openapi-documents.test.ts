import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { documentedEndpoints, sharedEndpoints } from '../../test/documented-endpoints.ts'

/** The documents as they stand in docs/openapi; `npm run openapi:check` tells when they are not what the routes say. */
const documents = Object.fromEntries(
  await Promise.all(
    Object.keys(documentedEndpoints).map(async (id) => {
      const text = await readFile(new URL(`../../docs/openapi/${id}.json`, import.meta.url), 'utf8')
      return [id, JSON.parse(text) as Document] as const
    }),
  ),
)

interface Operation {
  operationId?: string
  parameters?: { name: string; description?: string }[]
  summary?: string
  tags?: string[]
  security?: object[]
  requestBody?: { content: Record<string, { example?: unknown }> }
  responses: Record<string, { description?: string; content?: Record<string, { example?: unknown }> }>
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}

const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({
      name: `${verb.toUpperCase()} ${path}`,
      pointer: `/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${verb}`,
      operation,
    })),
  )

describe.each(Object.entries(documents))('the document of %s', (id, document) => {
  const operations = operationsOf(document)

  test('has every endpoint that the API is documented with', () => {
    const names = new Set(operations.map(({ name }) => name))
    expect(documentedEndpoints[id]?.filter((name) => !names.has(name))).toEqual([])
  })

  test('says what each operation does, who may, and what can go wrong', () => {
    const lacking = operations.flatMap(({ name, operation }) => {
      const { operationId, summary, tags, security, parameters = [], requestBody, responses } = operation
      const statuses = Object.keys(responses)
      // A browser comes back from a network to that one, and gets a page or goes on.
      const isForBrowsers = name.includes('/social-accounts/callback/')
      const needed = isForBrowsers ? [] : ['429', '500', '503', ...(security?.length ? ['401'] : [])]
      if (security?.length && name.includes('{')) needed.push('404')
      // Whatever is sent may be wrong, or no JSON.
      if (!name.startsWith('GET') || parameters.length > 0)
        needed.push(id === 'mypost' || id === 'social-media-service' ? '400' : '422')
      return [
        ...(operationId ? [] : ['an operationId']),
        ...(security ? [] : ['who may']),
        ...(/^(PUT|PATCH) /.test(name) && !requestBody ? ['a body'] : []),
        ...parameters.filter(({ description }) => !description).map((one) => `what ${one.name} means`),
        ...(summary ? [] : ['a summary']),
        ...(tags?.length === 1 ? [] : ['one tag']),
        ...(statuses.some((status) => /^[23]/.test(status)) ? [] : ['a success']),
        ...needed.filter((status) => !statuses.includes(status)),
        ...statuses
          .filter((status) => !responses[status]?.description)
          .map((status) => `what ${status} means`),
      ].map((thing) => `${name} lacks ${thing}`)
    })
    expect(lacking).toEqual([])
  })

  test('has one shape for all errors', () => {
    const shapes = operations.flatMap(({ operation: { responses } }) =>
      Object.entries(responses)
        .filter(([status, { content }]) => Number(status) >= 400 && content?.['application/json'])
        // An instance that is not well says so in the shape of one that is.
        .filter(([status]) => !(id === 'oui-post' && status === '503'))
        .map(([, { content }]) => JSON.stringify(content?.['application/json'])),
    )
    expect([...new Set(shapes)]).toEqual(['{"schema":{"$ref":"#/components/schemas/Error"}}'])
  })

  test('has examples that may be sent, and answers as they are given', () => {
    const asSent = checker(document)
    const abridged = checker(abridge(document))
    let checked = 0
    for (const { name, pointer, operation } of operations) {
      const body = operation.requestBody?.content['application/json']?.example
      if (body !== undefined) {
        expect(asSent(`${pointer}/requestBody/content/application~1json/schema`, body), name).toEqual([])
        checked++
      }
      for (const [status, { content }] of Object.entries(operation.responses)) {
        const answer = content?.['application/json']?.example
        if (answer === undefined) continue
        const schema = `${pointer}/responses/${status}/content/application~1json/schema`
        expect(abridged(schema, answer), `${name} ${status}`).toEqual([])
        checked++
      }
    }
    expect(checked).toBeGreaterThan(4)
  })
})

test('the addresses that two APIs share, told apart by the shape of the id, are in both documents', () => {
  for (const id of ['social-media-service', 'mypost']) {
    const names = operationsOf(documents[id] ?? { paths: {} }).map(({ name }) => name)
    expect(
      sharedEndpoints.filter((name) => !names.includes(name)),
      id,
    ).toEqual([])
  }
})

/** @returns what is wrong with a value, by the schema at a pointer into the document. */
function checker(document: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'document')
  return (pointer: string, value: unknown): string[] => {
    const validate = ajv.compile({
      $ref: `document#${pointer.replaceAll('{', '%7B').replaceAll('}', '%7D')}`,
    })
    return validate(value)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
        )
  }
}

/** The documents leave fields of their answers out, but show none that is not there. */
function abridge(value: unknown): object {
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'object' && one ? abridge(one) : one))
  const { required, ...parts } = value as Record<string, unknown>
  const rest: Record<string, unknown> = Object.fromEntries(
    Object.entries(parts).map(([key, part]) => [
      key,
      typeof part === 'object' && part ? abridge(part) : part,
    ]),
  )
  if (required !== undefined && !Array.isArray(required)) rest.required = required
  if (parts.type === 'object' && parts.properties && parts.additionalProperties === undefined)
    rest.additionalProperties = false
  return rest
}

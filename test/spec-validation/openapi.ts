/**
 * Holds HTTP exchanges against an official OpenAPI 3.0 or 3.1 document. For every network whose description is saved in
 * ../shared/specs: the adapter's requests, the simulator's answers, and what a public client library and a simulator say to
 * each other. Everything that passes a simulated network can be observed, whoever sent it:
 *
 *     import { openApiValidator } from '../../../test/spec-validation/openapi.ts'
 *     import { observedExchanges, observedMount } from '../../../test/spec-validation/sandbox-exchanges.ts'
 *     import { sharedSpec, specIsAbsent } from '../../../test/spec-validation/shared-spec.ts'
 *
 *     test("what is said is what Mastodon's description says", async (context) => {
 *       const spec = sharedSpec('mastodon/openapi.json')
 *       if (!spec) return context.skip(specIsAbsent)
 *       const world = await simulatedWorld({ network: 'mastodon', ... })       // or startSandbox({ folder, observe })
 *       // ... connect, publish, delete, measure ...
 *       const validator = openApiValidator(spec, { mount: observedMount('mastodon') })
 *       expect(validator.check(await observedExchanges(world.exchanges))).toEqual([])
 *     })
 *
 * Against a real server, `recordingHttp(http)` keeps what an adapter sends; `mount` is then the server's address.
 *
 * `mount` is the address that stands for the document's `servers[0].url` (with its path: Pinterest's `/v5`). Exchanges
 * elsewhere are left out. A difference that is right (a document that lags behind its API) is allowed by name, with a reason.
 */

import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { type Body, type Exchange, type FilePart, mediaType } from './exchange.ts'
import {
  type Answer,
  type MediaType,
  OpenApiDocument,
  type Operation,
  type Parameter,
} from './openapi-document.ts'
import { type Direction, idOf, toJsonSchema } from './schema-dialect.ts'

export interface ValidatorOptions {
  /** One address, or several that stand for the same server. */
  mount: string | string[]
  /** Read `oneOf` as `anyOf`: for documents generated from prose, whose alternatives overlap. */
  oneOfIsAnyOf?: boolean
  /** Let a form or multipart body pass where only JSON is described, by the same schema: servers made with Rails take either. */
  formsAsJson?: boolean
  /** The multipart field whose JSON stands for the body's other fields (Discord: `payload_json`). */
  jsonPart?: string
  /** Fields of a request body that no schema names are a problem. Default true. */
  refuseUnknownFields?: boolean
  /** Differences that are right. Each must occur, or `check` says that the allowance is stale. */
  allow?: Allowance[]
}

export interface Allowance {
  /** As problems begin: `POST /api/v1/apps: request body /redirect_uris`. */
  problem: string
  /** Why it is right, with the source that says so. */
  why: string
}

export interface SpecValidator {
  /** Every problem, one line each, beginning with the operation; empty when all is as described. */
  check(exchanges: Exchange[]): string[]
}

export function openApiValidator(root: unknown, options: ValidatorOptions): SpecValidator {
  const document = new OpenApiDocument(root)
  const schemas = createSchemas(document, options)
  const mounts = [options.mount].flat().map((mount) => mount.replace(/\/+$/, ''))

  return {
    check(exchanges) {
      const unused = new Set(options.allow ?? [])
      const problems: string[] = []
      for (const exchange of exchanges)
        for (const problem of checkOne(exchange)) {
          const allowance = options.allow?.find((one) => problem.startsWith(one.problem))
          if (allowance) unused.delete(allowance)
          else if (!problems.includes(problem)) problems.push(problem)
        }
      for (const { problem } of unused) problems.push(`the allowance "${problem}" is stale: it did not occur`)
      return problems
    },
  }

  function checkOne({ request, response }: Exchange): string[] {
    const mount = mounts.find((one) => request.url === one || request.url.startsWith(`${one}/`))
    if (mount === undefined) return []
    const url = new URL(request.url)
    const path = url.pathname.slice(new URL(mount).pathname.replace(/\/+$/, '').length)
    const found = document.find(request.method, path)
    if (!found) return [`${request.method} ${path}: not in the description`]
    const { operation, pathValues } = found
    return [
      ...checkParameters(operation, url, request.headers, pathValues),
      ...checkRequestBody(operation, request.headers, request.body),
      // What the server refused need not have a credential.
      ...(operation.needsCredential && response.status < 400 && !hasCredential(request.headers, url)
        ? ['request: no credential']
        : []),
      ...checkResponse(operation, response),
    ].map((problem) => `${operation.name}: ${problem}`)
  }

  function checkParameters(
    operation: Operation,
    url: URL,
    headers: Record<string, string>,
    pathValues: Record<string, string>,
  ): string[] {
    const known = new Set<string>()
    const problems = operation.parameters.flatMap((parameter) => {
      const where = `request ${parameter.in} ${parameter.name}`
      if (parameter.in === 'query') known.add(bare(parameter.name))
      const value = parameterValue(parameter, url, headers, pathValues)
      if (value === undefined) return parameter.required ? [`${where}: missing`] : []
      return schemas.problems(parameter.schema, value, 'request', { coerce: true }).map((one) => where + one)
    })
    for (const name of new Set(url.searchParams.keys()))
      if (!known.has(bare(name))) problems.push(`request query ${name}: not in the description`)
    return problems
  }

  function checkRequestBody(operation: Operation, headers: Record<string, string>, body: Body): string[] {
    if (!operation.requestBody)
      return body.kind === 'none' ? [] : ['request body: none is described, but one was sent']
    if (body.kind === 'none') return operation.requestBody.required ? ['request body: missing'] : []
    const { content } = operation.requestBody
    const type = mediaType(headers)
    let described = byMediaType(content, type)
    if (!described && options.formsAsJson && body.kind === 'fields') described = content['application/json']
    if (!described)
      return [`request body: ${type || 'no content type'} is not among ${Object.keys(content).join(', ')}`]
    if (body.kind === 'opaque' || body.kind === 'text') return []
    // Some documents write `files[0]` as a name, others mean a list by it: either reading may be the right one.
    const readings = body.kind === 'json' ? [body.value] : readingsOf(body.fields, options.jsonPart)
    const results = readings.map((value) =>
      schemas.problems(described.schema ?? true, value, 'request', {
        coerce: body.kind === 'fields',
        closed: options.refuseUnknownFields !== false,
      }),
    )
    const best = results.reduce((one, other) => (other.length < one.length ? other : one))
    return best.map((one) => `request body${one}`)
  }

  function checkResponse(operation: Operation, response: Exchange['response']): string[] {
    const { status, headers, body } = response
    const answer: Answer | undefined =
      operation.responses[status] ??
      operation.responses[`${String(status)[0]}XX`] ??
      operation.responses[`${String(status)[0]}xx`] ??
      operation.responses.default
    if (!answer) return [`response ${status}: not in the description`]
    const problems = Object.entries(answer.headers).flatMap(([name, header]) => {
      const value = headers[name]
      if (value === undefined) return header.required ? [`response ${status} header ${name}: missing`] : []
      return schemas
        .problems(header.schema, value, 'response', { coerce: true })
        .map((one) => `response ${status} header ${name}${one}`)
    })
    if (Object.keys(answer.content).length === 0 || body.kind === 'none') {
      if (answer.content['application/json'] && body.kind === 'none' && status !== 204)
        problems.push(`response ${status} body: missing`)
      return problems
    }
    const described = byMediaType(answer.content, mediaType(headers))
    if (!described)
      return [
        ...problems,
        `response ${status} body: ${mediaType(headers) || 'no content type'} is not among ${Object.keys(answer.content).join(', ')}`,
      ]
    if (body.kind !== 'json') return problems
    return [
      ...problems,
      ...schemas
        .problems(described.schema ?? true, body.value, 'response', {})
        .map((one) => `response ${status} body${one}`),
    ]
  }
}

/** Compiles what is asked for, and registers the components that it reaches as they are met. */
function createSchemas(document: OpenApiDocument, { oneOfIsAnyOf = false }: ValidatorOptions) {
  const create = (coerceTypes: boolean | 'array') => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false, coerceTypes })
    addFormats.default(ajv)
    return {
      ajv,
      registered: new Set<string>(),
      compiled: new Map<string, WeakMap<object, ValidateFunction>>(),
    }
  }
  const exact = create(false)
  const coercing = create('array')

  function convert(engine: typeof exact, schema: unknown, direction: Direction) {
    const refs: string[] = []
    const converted = toJsonSchema(schema, { direction, oneOfIsAnyOf }, (ref) => refs.push(ref))
    for (const ref of refs) {
      const id = idOf(ref, direction)
      if (engine.registered.has(id)) continue
      engine.registered.add(id)
      engine.ajv.addSchema(convert(engine, document.resolve(ref), direction) as object, id)
    }
    return converted
  }

  return {
    problems(
      given: unknown,
      value: unknown,
      direction: Direction,
      { coerce = false, closed = false },
    ): string[] {
      const engine = coerce ? coercing : exact
      const schema = document.concrete(given, value)
      const kind = `${direction}${closed}`
      const cache = engine.compiled.get(kind) ?? new WeakMap<object, ValidateFunction>()
      engine.compiled.set(kind, cache)
      const key = typeof schema === 'object' && schema !== null ? schema : cache
      let validate = cache.get(key)
      if (!validate) {
        const converted = convert(engine, schema, direction)
        validate = engine.ajv.compile(
          closed ? { allOf: [converted], unevaluatedProperties: false } : converted,
        )
        cache.set(key, validate)
      }
      // Coercion writes into what it is given.
      if (validate(coerce ? { value: structuredClone(value) }.value : value)) return []
      return [
        ...new Set(
          (validate.errors ?? []).map(({ instancePath, message, params }) => {
            const extra = params.unevaluatedProperty ?? params.additionalProperty
            return `${instancePath ? ` ${instancePath}` : ''}: ${extra === undefined ? message : `"${extra}" is not in the description`}`
          }),
        ),
      ]
    },
  }
}

const hasCredential = (headers: Record<string, string>, url: URL) =>
  headers.authorization !== undefined || url.searchParams.has('access_token')

/** Exact, then `image/*`, then anything. */
const byMediaType = (content: Record<string, MediaType>, type: string): MediaType | undefined =>
  Object.entries(content).find(
    ([described]) => described.split(';')[0]?.trim().toLowerCase() === type,
  )?.[1] ??
  content[`${type.split('/')[0]}/*`] ??
  content['*/*']

/** `id[]` and `id` are the same name: documents and servers differ in how they write lists. */
const bare = (name: string) => name.replace(/\[\]$/, '')

function parameterValue(
  parameter: Parameter,
  url: URL,
  headers: Record<string, string>,
  pathValues: Record<string, string>,
): unknown {
  switch (parameter.in) {
    case 'path':
      return pathValues[parameter.name]
    case 'header':
      return headers[parameter.name.toLowerCase()]
    case 'cookie':
      return undefined
    case 'query': {
      const given = [...url.searchParams].filter(([name]) => bare(name) === bare(parameter.name))
      if (given.length === 0) return undefined
      const values = given.map(([, value]) => value)
      const isList = (parameter.schema as { type?: unknown }).type === 'array' || values.length > 1
      if (!isList) return values[0]
      return parameter.explode ? values : values.flatMap((value) => value.split(','))
    }
  }
}

type Field = [name: string, value: string | FilePart]

/** A form as an object, in the two ways its names can be read. */
function readingsOf(fields: Field[], jsonPart: string | undefined): Record<string, unknown>[] {
  const part = fields.find(([name]) => name === jsonPart)?.[1]
  const fromJson = typeof part === 'string' ? (JSON.parse(part) as Record<string, unknown>) : {}
  const others = fields.filter(([name]) => name !== jsonPart || typeof part !== 'string')
  const flat: Record<string, unknown> = {}
  for (const [name, value] of others)
    flat[name] = name in flat ? [flat[name], text(value)].flat() : text(value)
  return [
    { ...fromJson, ...nested(others) },
    { ...fromJson, ...flat },
  ]
}

/** A file is its name here, since schemas say string. */
const text = (value: string | FilePart) => (typeof value === 'string' ? value : value.filename)

/** `a`, `a[]`, `a[b]` and `a[b][]` as an object. */
function nested(fields: Field[]): Record<string, unknown> {
  const target: Record<string, unknown> = {}
  for (const [name, given] of fields) {
    const value = text(given)
    const inner = Array.from(name.matchAll(/\[([^\]]*)\]/g), (match) => match[1] ?? '')
    const keys = [name.replace(/\[.*$/, ''), ...inner]
    let at = target
    keys.forEach((key, index) => {
      if (key === '') return
      const next = keys[index + 1]
      if (next === undefined) at[key] = key in at ? [at[key], value].flat() : value
      else if (next === '') at[key] = [at[key] ?? [], value].flat()
      else {
        at[key] ??= {}
        at = at[key] as Record<string, unknown>
      }
    })
  }
  return target
}

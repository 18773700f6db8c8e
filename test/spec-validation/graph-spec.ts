/**
 * Holds exchanges with Meta's networks against the lists of parameters that Meta publishes: for Facebook and Instagram the
 * data behind its SDKs (`facebook-business-sdk-codegen`), for Threads its Postman collection.
 */
import type { Exchange } from '../../sandbox/recorder.ts'

interface CodegenSpec {
  apis: { method: string; endpoint?: string; params: { name: string; required?: boolean }[] }[]
}

/** What a call may be asked with. */
export interface AllowedParameters {
  names: ReadonlySet<string>
  required: readonly string[]
}

/** Parameters that every call of the Graph API takes. */
const everywhere = ['access_token', 'fields', 'limit', 'after', 'before']

/** @param endpoint absent: the object itself */
export function fromCodegen(spec: unknown, method: string, endpoint?: string): AllowedParameters {
  const { apis } = spec as CodegenSpec
  const api = apis.find((one) => one.method === method && (one.endpoint || undefined) === endpoint)
  if (!api) throw new Error(`The specification knows no ${method} ${endpoint ?? 'of the object'}`)
  return {
    names: new Set([...everywhere, ...api.params.map(({ name }) => name)]),
    required: api.params.filter(({ required }) => required).map(({ name }) => name),
  }
}

interface PostmanItem {
  item?: PostmanItem[]
  request?: { method: string; url: { path?: string[]; query?: { key: string }[] } }
}

/** The union of all requests of the collection with this method and path; `:id` stands for any variable. */
export function fromPostman(collection: unknown, method: string, path: string): AllowedParameters {
  const names = new Set(everywhere)
  let found = false
  const visit = ({ item, request }: PostmanItem) => {
    for (const child of item ?? []) visit(child)
    if (!request || request.method !== method) return
    const asked = (request.url.path ?? [])
      .filter(Boolean)
      .map((part) => (part.startsWith('{{') ? ':id' : part))
      .join('/')
    if (asked !== path) return
    found = true
    for (const { key } of request.url.query ?? []) names.add(key)
  }
  visit(collection as PostmanItem)
  if (!found) throw new Error(`The collection knows no ${method} ${path}`)
  return { names, required: [] }
}

/** What the exchanges say that the specification does not know, each once. */
export function strangeParameters(
  exchanges: Exchange[],
  allowed: Record<string, AllowedParameters>,
): string[] {
  const problems = new Set<string>()
  for (const { operation, query, requestBody, requestHeaders } of exchanges) {
    const rules = allowed[operation ?? '']
    if (!rules) {
      problems.add(`${operation}: not in the table`)
      continue
    }
    const names = [...Object.keys(query), ...bodyNames(requestHeaders['content-type'], requestBody)]
    for (const name of names)
      if (!rules.names.has(name.replace(/\[.*$/, ''))) problems.add(`${operation}: ${name} is unknown`)
    for (const name of rules.required)
      if (!names.includes(name)) problems.add(`${operation}: ${name} is missing`)
  }
  return [...problems]
}

function bodyNames(type: string | string[] | undefined, body: Buffer): string[] {
  if (String(type).startsWith('application/x-www-form-urlencoded'))
    return [...new URLSearchParams(body.toString('utf8')).keys()]
  if (String(type).startsWith('multipart/form-data'))
    return [...body.toString('latin1').matchAll(/; name="([^"]+)"/g)].map(([, name]) => name ?? '')
  return []
}

// ---------------------------------------------------------------- fields

/** What the nodes of an answer may hold: the type where the description tells it, else null. */
export type KnownFields = ReadonlyMap<string, string | null>

/**
 * The fields of these nodes, and their edges, which may be asked for like fields.
 * @param others what no description lists, or lists with a type that its reference contradicts
 */
export function fieldsOfNodes(specs: unknown[], others: string[] = []): KnownFields {
  const known = new Map<string, string | null>([['id', null]])
  for (const spec of specs) {
    const { apis, fields } = spec as CodegenSpec & { fields: { name: string; type: string }[] }
    for (const { method, endpoint } of apis) if (method === 'GET' && endpoint) known.set(endpoint, null)
    // A name with different types in two nodes says nothing of its type.
    for (const { name, type } of fields)
      known.set(name, known.has(name) && known.get(name) !== type ? null : type)
  }
  for (const name of others) known.set(name, null)
  return known
}

/**
 * Fields that were asked for or answered and that nobody describes, or whose type is another one, each once. Lists are
 * looked into (`data`); what stands inside a field is not.
 */
export function strangeFields(exchanges: Exchange[], known: Record<string, KnownFields>): string[] {
  const problems = new Set<string>()
  for (const { operation, query, status, responseBody } of exchanges) {
    const fields = known[operation ?? '']
    if (!fields || status >= 300) continue
    for (const name of fieldNames(String(query.fields ?? '')))
      if (!fields.has(name)) problems.add(`${operation}: asks for ${name}, which is unknown`)
    for (const node of nodesOf(responseBody))
      for (const [name, value] of Object.entries(node)) {
        if (!fields.has(name)) problems.add(`${operation}: answers ${name}, which is unknown`)
        else if (!hasType(value, fields.get(name) ?? null))
          problems.add(`${operation}: answers ${name} as ${typeof value}, not as ${fields.get(name)}`)
      }
  }
  return [...problems]
}

/** `a,b.limit(0).summary(total_count),c{d,e}` as a, b, c. */
function fieldNames(fields: string): string[] {
  let flat = fields
  for (let before = ''; before !== flat; ) {
    before = flat
    flat = flat.replaceAll(/\([^()]*\)|\{[^{}]*\}/g, '')
  }
  return flat
    .split(',')
    .map((name) => name.replace(/\..*$/, '').trim())
    .filter((name) => name !== '' && !name.includes('{'))
}

function nodesOf(body: Buffer): Record<string, unknown>[] {
  if (body.length === 0) return []
  const answer = JSON.parse(body.toString('utf8')) as Record<string, unknown>
  return Array.isArray(answer.data) ? (answer.data as Record<string, unknown>[]) : [answer]
}

function hasType(value: unknown, type: string | null): boolean {
  switch (type) {
    case 'string':
    case 'datetime':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'int':
    case 'unsigned int':
      return Number.isInteger(value)
    default:
      return true
  }
}

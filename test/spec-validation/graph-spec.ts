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

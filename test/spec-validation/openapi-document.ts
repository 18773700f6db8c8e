/** As much of an OpenAPI 3.0 or 3.1 document as checking an exchange needs. */
export interface Operation {
  /** `POST /api/v1/statuses`, with the path as the document writes it. */
  name: string
  parameters: Parameter[]
  requestBody: { required: boolean; content: Record<string, MediaType> } | null
  responses: Record<string, Answer>
  /** Whether every way in needs a credential. */
  needsCredential: boolean
}

export interface Parameter {
  name: string
  in: 'query' | 'header' | 'path' | 'cookie'
  required: boolean
  schema: unknown
  explode: boolean
}

export interface Answer {
  content: Record<string, MediaType>
  headers: Record<string, { required: boolean; schema: unknown }>
}

export interface MediaType {
  schema: unknown
}

type Obj = Record<string, unknown>

export class OpenApiDocument {
  readonly #root: Obj
  readonly #paths: { template: string; pattern: RegExp; names: string[] }[]

  constructor(root: unknown) {
    this.#root = root as Obj
    if (!/^3\./.test(String(this.#root.openapi))) throw new Error('Not an OpenAPI 3 document')
    this.#paths = Object.keys(this.#root.paths as Obj)
      .map((template) => ({
        template,
        pattern: new RegExp(
          `^${template
            .split(/\{[^}]+\}/)
            .map(escaped)
            .join('([^/]+)')}$`,
        ),
        names: [...template.matchAll(/\{([^}]+)\}/g)].map((match) => String(match[1])),
      }))
      // `/statuses/home` before `/statuses/{id}`.
      .sort((one, other) => one.names.length - other.names.length)
  }

  /** What `#/a/b` points to. */
  resolve(ref: string): unknown {
    if (!ref.startsWith('#/')) throw new Error(`Only references within the document are followed: ${ref}`)
    return ref
      .slice(2)
      .split('/')
      .reduce<unknown>(
        (at, key) => (at as Obj | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
        this.#root,
      )
  }

  /**
   * The schema a value claims to follow, where a `discriminator` stands without `oneOf` and only the mapping tells the
   * kinds (Pinterest's token requests).
   */
  concrete(schema: unknown, value: unknown): unknown {
    const followed = this.#follow(schema) as Obj | undefined
    const discriminator = followed?.discriminator as
      | { propertyName: string; mapping?: Record<string, string> }
      | undefined
    if (!discriminator?.mapping || followed?.oneOf || followed?.anyOf) return schema
    const kind = (value as Obj | null | undefined)?.[discriminator.propertyName]
    const ref = discriminator.mapping[String(kind)]
    return ref ? this.resolve(ref) : schema
  }

  /** The operation for a method and a path below the server's address, with the values in its path. */
  find(method: string, path: string): { operation: Operation; pathValues: Record<string, string> } | null {
    for (const { template, pattern, names } of this.#paths) {
      const match = pattern.exec(path)
      const item = match && (this.#follow((this.#root.paths as Obj)[template]) as Obj)
      const operation = item?.[method.toLowerCase()] as Obj | undefined
      if (!match || !item || !operation) continue
      const pathValues = Object.fromEntries(
        names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]),
      )
      return {
        operation: this.#operation(`${method.toUpperCase()} ${template}`, item, operation),
        pathValues,
      }
    }
    return null
  }

  #operation(name: string, item: Obj, operation: Obj): Operation {
    const body = this.#follow(operation.requestBody) as Obj | undefined
    const security = (operation.security ?? this.#root.security ?? []) as Obj[]
    return {
      name,
      parameters: this.#parameters([list(item.parameters), list(operation.parameters)].flat()),
      requestBody: body
        ? { required: body.required === true, content: (body.content ?? {}) as Record<string, MediaType> }
        : null,
      responses: Object.fromEntries(
        Object.entries(operation.responses as Obj).map(([status, answer]) => [status, this.#answer(answer)]),
      ),
      needsCredential: security.length > 0 && security.every((way) => Object.keys(way).length > 0),
    }
  }

  /** An operation's own parameter stands for that of its path with the same name and place. */
  #parameters(given: unknown[]): Parameter[] {
    const byPlace = new Map<string, Parameter>()
    for (const one of given) {
      const parameter = this.#follow(one) as Obj
      const where = parameter.in as Parameter['in']
      const style = parameter.style ?? (where === 'query' || where === 'cookie' ? 'form' : 'simple')
      byPlace.set(`${where}:${parameter.name}`, {
        name: String(parameter.name),
        in: where,
        required: parameter.required === true,
        schema: parameter.schema ?? firstSchema(parameter.content) ?? true,
        explode: typeof parameter.explode === 'boolean' ? parameter.explode : style === 'form',
      })
    }
    return [...byPlace.values()]
  }

  #answer(given: unknown): Answer {
    const answer = this.#follow(given) as Obj
    const headers: Answer['headers'] = {}
    for (const [name, one] of Object.entries((answer.headers ?? {}) as Obj)) {
      const header = this.#follow(one) as Obj
      headers[name.toLowerCase()] = { required: header.required === true, schema: header.schema ?? true }
    }
    return { content: (answer.content ?? {}) as Record<string, MediaType>, headers }
  }

  #follow(value: unknown): unknown {
    const ref = (value as { $ref?: unknown } | undefined)?.$ref
    return typeof ref === 'string' ? this.#follow(this.resolve(ref)) : value
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
const firstSchema = (content: unknown) =>
  Object.values((content ?? {}) as Record<string, MediaType>)[0]?.schema

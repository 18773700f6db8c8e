/**
 * Turns schemas of OpenAPI 3.0 and 3.1 into plain JSON Schema 2020-12 with absolute references, one component at a
 * time, so that only what an operation reaches is ever looked at (the documents have one to two megabytes).
 */
export type JsonSchema = boolean | { [keyword: string]: unknown }

/** A request may leave out what is read-only, an answer what is write-only. */
export type Direction = 'request' | 'response'

export interface DialectOptions {
  direction: Direction
  /** Generated documents say oneOf where alternatives overlap. */
  oneOfIsAnyOf: boolean
}

/** `#/components/schemas/Status` as the id under which the component is registered for one direction. */
export const idOf = (ref: string, direction: Direction) => `spec:///${direction}${ref.slice(1)}`

/** Converts a schema; `found` hears of every reference in it. */
export function toJsonSchema(
  schema: unknown,
  options: DialectOptions,
  found: (ref: string) => void,
): JsonSchema {
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert)
    if (value === null || typeof value !== 'object') return value
    const source = value as Record<string, unknown>
    const target: Record<string, unknown> = {}
    for (const [keyword, inner] of Object.entries(source)) {
      if (keyword === '$ref' && typeof inner === 'string') {
        found(inner)
        target.$ref = idOf(inner, options.direction)
      } else if (keyword === 'oneOf' && options.oneOfIsAnyOf) target.anyOf = convert(inner)
      else if (keyword === 'properties' || keyword === 'patternProperties' || keyword === '$defs')
        target[keyword] = mapValues(inner as Record<string, unknown>, convert)
      else if (keyword === 'enum' || keyword === 'const' || keyword === 'default') target[keyword] = inner
      else if (!notForSchemas.has(keyword)) target[keyword] = convert(inner)
    }
    return nullable(limits(required(target, source, options)), source)
  }
  return convert(schema) as JsonSchema
}

/** Keywords of OpenAPI that JSON Schema has no meaning for; examples may look like schemas. */
const notForSchemas = new Set([
  'example',
  'examples',
  'discriminator',
  'xml',
  'externalDocs',
  'nullable',
  'deprecated',
])

const mapValues = (object: Record<string, unknown>, change: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]))

/** OpenAPI 3.0: `exclusiveMinimum: true` beside `minimum`. */
function limits(target: Record<string, unknown>): Record<string, unknown> {
  for (const [exclusive, inclusive] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof target[exclusive] !== 'boolean') continue
    const isExclusive = target[exclusive]
    delete target[exclusive]
    if (!isExclusive) continue
    target[exclusive] = target[inclusive]
    delete target[inclusive]
  }
  return target
}

function required(
  target: Record<string, unknown>,
  source: Record<string, unknown>,
  { direction }: DialectOptions,
): Record<string, unknown> {
  if (!Array.isArray(target.required)) {
    // A parameter's `required: true`, copied into a schema by mistake.
    if (typeof target.required === 'boolean') delete target.required
    return target
  }
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly'
  const properties = (source.properties ?? {}) as Record<string, Record<string, unknown> | undefined>
  target.required = target.required.filter((name: string) => properties[name]?.[flag] !== true)
  return target
}

/** OpenAPI 3.0: `nullable: true`. */
function nullable(target: Record<string, unknown>, source: Record<string, unknown>): Record<string, unknown> {
  if (source.nullable !== true) return target
  if (Array.isArray(target.enum) && !target.enum.includes(null)) target.enum = [...target.enum, null]
  if (typeof target.type === 'string') return { ...target, type: [target.type, 'null'] }
  return { anyOf: [target, { type: 'null' }] }
}

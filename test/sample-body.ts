/** A value that a JSON Schema accepts: the plainest one, with every field, so that a request reaches its operation. */
type Schema = Record<string, unknown>

export function sampleOf(schema: Schema): unknown {
  if ('const' in schema) return schema.const
  if ('default' in schema) return schema.default
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const branches = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
  if (branches) return sampleOf(branches[0] ?? {})
  if (Array.isArray(schema.allOf))
    return Object.assign({}, ...schema.allOf.map((one) => sampleOf(one as Schema)))
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([name, part]) => [
          name,
          sampleOf(part),
        ]),
      )
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 0) }, () => sampleOf(schema.items as Schema))
    case 'string':
      return sampleText(schema)
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema.minimum ?? 1))
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return {}
  }
}

const byFormat: Record<string, string> = {
  uuid: '01900000-0000-7000-8000-000000000000',
  email: 'sample@example.com',
  'date-time': '2100-01-15T14:00:00Z',
  date: '2026-01-15',
  uri: 'https://example.com/sample',
}

const byPattern: Record<string, string> = { '^#[0-9A-Fa-f]{6}$': '#4ECDC4' }

const sampleText = (schema: Schema) =>
  byPattern[String(schema.pattern)] ??
  byFormat[String(schema.format)] ??
  'sample'.padEnd(Number(schema.minLength ?? 1), 'x')

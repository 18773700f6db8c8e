import type { TSchema } from 'typebox'

/**
 * The same schema, refusing fields it does not know. A misspelt `scheduleAt` that is silently ignored is a post that
 * never goes out, so the native dialect says "is not a known field". Objects that say themselves what else they take
 * (`additionalProperties`), or name no fields at all, are left open.
 */
export function refusingUnknownFields(schema: TSchema): TSchema {
  const parts = schema as Record<string, unknown>
  const closed: Record<string, unknown> = { ...parts }
  for (const keyword of ['anyOf', 'oneOf', 'allOf'])
    if (Array.isArray(parts[keyword]))
      closed[keyword] = (parts[keyword] as TSchema[]).map(refusingUnknownFields)
  if (isSchema(parts.items)) closed.items = refusingUnknownFields(parts.items)
  if (isSchema(parts.properties)) {
    closed.properties = Object.fromEntries(
      Object.entries(parts.properties).map(([name, one]) => [name, refusingUnknownFields(one as TSchema)]),
    )
    // The branches of an intersection do not know each other's fields.
    if (parts.additionalProperties === undefined && !parts.allOf) closed.additionalProperties = false
  }
  return closed as TSchema
}

const isSchema = (value: unknown): value is TSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

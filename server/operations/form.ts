import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type Issue, invalid } from '../domain/refusal.ts'
import type { Json } from '../networks/network.ts'

/**
 * Parses what a person filled into a network's form (credentials, connect settings) by the network's own schema, with
 * its defaults. Refuses with one issue per field, below `path`; no message repeats a value, since values are secrets.
 */
export function parseForm(schema: TSchema, given: unknown, path: string): Record<string, Json> {
  const value = Value.Default(schema, structuredClone(given ?? {}))
  const issues = new Map<string, Issue>()
  for (const error of Value.Errors(schema, value)) {
    for (const field of fieldsOf(error)) {
      const at = field === '' ? path : `${path}.${field}`
      if (!issues.has(at))
        issues.set(at, { path: at, rule: `form_${error.keyword}`, message: sentence(error, at) })
    }
  }
  if (issues.size > 0) throw invalid([...issues.values()])
  return value as Record<string, Json>
}

interface FormError {
  keyword: string
  instancePath: string
  message: string
  params: object
}

/** A missing or unknown field is told at its own name rather than at the object around it. */
function fieldsOf({ keyword, instancePath, params }: FormError): string[] {
  const base = instancePath.split('/').slice(1)
  const named =
    keyword === 'required'
      ? (params as { requiredProperties?: string[] }).requiredProperties
      : keyword === 'additionalProperties'
        ? (params as { additionalProperties?: string[] }).additionalProperties
        : undefined
  return named ? named.map((name) => [...base, name].join('.')) : [base.join('.')]
}

function sentence({ keyword, message }: FormError, at: string): string {
  if (keyword === 'required') return `${at} is required`
  if (keyword === 'additionalProperties' || keyword === 'boolean') return `${at} is not known here`
  return `${at} ${message}`
}

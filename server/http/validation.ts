import { Ajv, type ErrorObject } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { uuidPattern } from './id-shape.ts'

/**
 * Bodies and paths are taken as they are: no coercion (Ajv would turn null into ""), nothing removed. Query strings
 * have no types of their own, so there, and only there, "50" is 50 (answers 3.9).
 */
export function schemaCompiler(): FastifySchemaCompiler<TSchema> {
  const exact = thorough({ coerceTypes: false })
  const coercing = thorough({ coerceTypes: 'array' })
  return ({ schema, httpPart }) => (httpPart === 'querystring' ? coercing : exact)(schema)
}

/** Past this many values only the first broken rule is told: a megabyte of bad items is not worth a list of them. */
const thoroughValuesMax = 2000

/** Stops at the first broken rule; then, unless the input is huge, looks again for all of them. */
function thorough(options: { coerceTypes: false | 'array' }) {
  const quick = validator({ ...options, allErrors: false })
  const complete = validator({ ...options, allErrors: true })
  return (schema: TSchema) => {
    const isValid = quick.compile(schema)
    const findAll = complete.compile(schema)
    const validate = (data: unknown): boolean => {
      if (isValid(data)) {
        validate.errors = options.coerceTypes ? endless(data) : null
        return validate.errors === null
      }
      validate.errors = isValid.errors
      if (isSmall(data) && !findAll(data)) validate.errors = findAll.errors
      return false
    }
    validate.errors = undefined as ErrorObject[] | null | undefined
    return validate
  }
}

/** "1e400" becomes Infinity, which Ajv takes for an integer without looking at its bounds. */
function endless(data: unknown): ErrorObject[] | null {
  const found = Object.entries(data ?? {}).find(([, value]) => value === Infinity || value === -Infinity)
  if (!found) return null
  const message = 'is too large a number'
  return [{ instancePath: `/${found[0]}`, schemaPath: '#', keyword: 'maximum', params: {}, message }]
}

function isSmall(data: unknown): boolean {
  const left = [data]
  for (let seen = 0; left.length > 0; seen++) {
    const value = left.pop()
    if (seen > thoroughValuesMax) return false
    if (Array.isArray(value) && value.length > thoroughValuesMax) return false
    if (typeof value === 'object' && value !== null) left.push(...Object.values(value))
  }
  return true
}

function validator(options: { coerceTypes: false | 'array'; allErrors: boolean }): Ajv {
  const ajv = new Ajv({
    ...options,
    useDefaults: true,
    removeAdditional: false,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
  })
  formats.default(ajv)
  // The library's uuid takes `urn:uuid:` and its date-time takes leap seconds; PostgreSQL and Date do not.
  ajv.addFormat('uuid', uuidPattern)
  ajv.addFormat('date-time', isInstant)
  ajv.addFormat('date', isDay)
  ajv.addFormat('uri', isWebAddress)
  ajv.addKeyword('example')
  return ajv
}

const instantPattern = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)$/

/** ISO 8601 with a zone, a moment that exists, in a year PostgreSQL and JavaScript both write the same way. */
function isInstant(text: string): boolean {
  if (!instantPattern.test(text) || !isDay(text.slice(0, 10))) return false
  return Number.isFinite(Date.parse(text))
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < '0001') return false
  const day = new Date(`${text}T00:00:00Z`)
  return Number.isFinite(day.getTime()) && day.toISOString().startsWith(text)
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}

import type { ErrorObject } from 'ajv'
import type { FastifyError } from 'fastify'
import { type Issue, Refusal, type RefusalCode } from '../domain/refusal.ts'

/** Whatever went wrong with a request, as a value that each dialect puts into its own words. */
export interface HttpFailure {
  code: RefusalCode | 'too_large' | 'unsupported_media_type' | 'internal'
  /** See Refusal.rule. */
  rule: string
  message: string
  issues: Issue[]
  retryAfterMs?: number
}

/** Every thrown thing becomes a failure; what is neither a refusal nor the framework's is our mistake (`internal`). */
export function failureOf(error: unknown): HttpFailure {
  if (error instanceof Refusal) {
    const { code, rule, message, issues, retryAfterMs } = error
    return { code, rule, message, issues, retryAfterMs }
  }
  if (isFastifyError(error)) {
    if (error.validation) return invalidInput(error)
    const known = frameworkFailure(error)
    if (known) return known
  }
  if (isDatabaseAway(error))
    return {
      code: 'unavailable',
      rule: 'database_unavailable',
      message: 'The database cannot be reached right now. Try again in a moment.',
      issues: [],
      retryAfterMs: 1000,
    }
  return {
    code: 'internal',
    rule: 'internal',
    message: 'Something went wrong on the server. The request id finds it in the logs.',
    issues: [],
  }
}

/** Nothing is served at this address. */
export const noSuchRoute = (method: string, url: string): HttpFailure => ({
  code: 'not_found',
  rule: 'route_not_found',
  message: `There is nothing at ${method} ${url.split('?', 1)[0]?.slice(0, 200)}`,
  issues: [],
})

const isFastifyError = (
  error: unknown,
): error is FastifyError & { validation?: ErrorObject[]; validationContext?: string } =>
  error instanceof Error && ('validation' in error || 'statusCode' in error)

// ---------------------------------------------------------------- validation

/** At most this many broken rules are told; a huge bad list should not make a huge answer. */
const issuesMax = 50

function invalidInput(error: { validation?: ErrorObject[]; validationContext?: string }): HttpFailure {
  const issues = issuesOf(error.validation ?? []).slice(0, issuesMax)
  const first = issues[0]
  // An id that is not of the right shape names nothing (answers 1.11).
  const isPath = error.validationContext === 'params'
  return {
    code: isPath ? 'not_found' : 'invalid',
    rule: isPath ? 'malformed_id' : (first?.rule ?? 'invalid'),
    message: isPath
      ? `Nothing has this address: ${first?.path} ${first?.message}`
      : issues.length > 1
        ? `${issues.length} fields are invalid`
        : `${first?.path}: ${first?.message}`,
    issues,
  }
}

/**
 * One issue for each place. Ajv tells of each branch of a union; the wrapper and the "must be null" of an optional
 * value are dropped, because the branch that was meant says more.
 */
export function issuesOf(errors: ErrorObject[]): Issue[] {
  const byPath = new Map<string, ErrorObject[]>()
  for (const error of errors) {
    const path = pathOf(error)
    byPath.set(path, [...(byPath.get(path) ?? []), error])
  }
  return [...byPath].map(([path, told]) => {
    const error = told.find(says) ?? told[0]
    return { path, rule: error?.keyword ?? 'invalid', message: error ? sentence(error) : 'is invalid' }
  })
}

const says = (error: ErrorObject) =>
  error.keyword !== 'anyOf' && error.keyword !== 'oneOf' && error.params.type !== 'null'

function pathOf(error: ErrorObject): string {
  const own =
    error.keyword === 'required'
      ? String(error.params.missingProperty)
      : error.keyword === 'additionalProperties'
        ? String(error.params.additionalProperty)
        : ''
  const parts = error.instancePath.split('/').slice(1).map(unescapePointer)
  if (own) parts.push(own)
  return parts.join('.') || 'body'
}

const unescapePointer = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~')

function sentence(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
      return 'is required'
    case 'format':
      return `Invalid ${formatNames[error.params.format] ?? error.params.format} format`
    case 'enum':
      return `must be one of: ${error.params.allowedValues.join(', ')}`
    case 'const':
      return `must be ${JSON.stringify(error.params.allowedValue)}`
    case 'pattern':
      return patternSentences[error.params.pattern] ?? error.message ?? 'is invalid'
    case 'additionalProperties':
      return 'is not a known field'
    default:
      return error.message ?? 'is invalid'
  }
}

const patternSentences: Record<string, string> = {
  '\\S': 'must not be blank',
  '^#[0-9A-Fa-f]{6}$': 'must be a colour, written as #RRGGBB',
}

const formatNames: Record<string, string> = {
  uuid: 'UUID',
  'date-time': 'date-time (ISO 8601 with a zone)',
  uri: 'URL',
}

// ---------------------------------------------------------------- framework and database

function frameworkFailure(error: FastifyError): HttpFailure | null {
  const told = (code: HttpFailure['code'], message: string, path = 'body'): HttpFailure => ({
    code,
    rule: error.code ?? code,
    message,
    issues: [{ path, rule: error.code ?? code, message }],
  })
  if (error.statusCode === 413) return told('too_large', 'The body is larger than this address takes')
  if (error.statusCode === 415)
    return told('unsupported_media_type', 'Send JSON, with the header Content-Type: application/json')
  if (error.code === 'FST_ERR_BAD_URL') return told('invalid', 'The address is not properly encoded', 'url')
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH')
    return {
      code: 'not_found',
      rule: 'malformed_id',
      message: 'Nothing has an address this long',
      issues: [],
    }
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500)
    return told(
      'invalid',
      error instanceof SyntaxError ? `The body is not JSON: ${error.message}` : error.message,
    )
  return null
}

/** Errors of the driver and the server that mean "away", not "wrong": refused, shutting down, too many connections. */
const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  '53300',
  '57P01',
  '57P02',
  '57P03',
])

function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: string }
  if (code && (awayCodes.has(code) || code.startsWith('08'))) return true
  return /^(timeout exceeded when trying to connect|Connection terminated)/.test(error.message)
}

import type { FastifyRequest } from 'fastify'
import { type Issue, invalid } from '../domain/refusal.ts'

/** Nothing we take is nested deeper; a bound keeps a hostile body from using the stack up. */
const depthMax = 40

/**
 * Refuses what JSON can say and PostgreSQL cannot store: NUL characters, halves of surrogate pairs, and whole numbers
 * that lost digits on the way in (answers 3.15). Runs before validation on body, query and path.
 */
export async function refuseUnstorable(request: FastifyRequest): Promise<void> {
  for (const part of [request.body, request.query, request.params]) {
    if (part === undefined || part === null || Buffer.isBuffer(part) || isStream(part)) continue
    const issue = unstorable(part, '', 0)
    if (issue) throw invalid([issue], `${issue.path || 'body'}: ${issue.message}`)
  }
}

function unstorable(value: unknown, path: string, depth: number): Issue | null {
  if (typeof value === 'string') {
    if (value.includes('\0')) return issueAt(path, 'nul_character', 'must not contain NUL characters')
    if (!value.isWellFormed()) return issueAt(path, 'lone_surrogate', 'must be well-formed Unicode')
    return null
  }
  if (typeof value === 'number')
    return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))
      ? issueAt(path, 'number_too_large', 'is too large a number')
      : null
  if (typeof value !== 'object' || value === null) return null
  if (depth >= depthMax) return issueAt(path, 'too_deep', `is nested more than ${depthMax} levels deep`)
  for (const [key, child] of Object.entries(value)) {
    const childPath = path ? `${path}.${key}` : key
    const issue = unstorable(key, path || 'body', depth) ?? unstorable(child, childPath, depth + 1)
    if (issue) return issue
  }
  return null
}

const issueAt = (path: string, rule: string, message: string): Issue => ({
  // The path is echoed, so it must itself be clean.
  path: (path || 'body').replaceAll('\0', '').toWellFormed().slice(0, 200),
  rule,
  message,
})

const isStream = (value: unknown) => typeof (value as { pipe?: unknown }).pipe === 'function'

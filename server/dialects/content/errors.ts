import type { FastifyRequest } from 'fastify'
import type { Issue } from '../../domain/refusal.ts'
import type { Answer } from '../../http/dialect.ts'
import type { HttpFailure } from '../../http/failure.ts'

/** The documented codes (DR5), and a few in their style for what the document has no word for. */
export function presentFailure(failure: HttpFailure, request: FastifyRequest): Answer {
  const { status, code } = wordsFor(failure, request.url)
  const headers: Record<string, string> = {}
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  if (failure.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)))
  return {
    status,
    headers,
    body: {
      error: {
        code,
        message: failure.message.replace(/^(\d+ of \d+) posts/, '$1 slots'),
        details: detailsOf(failure, request.url),
      },
    },
  }
}

interface Words {
  status: number
  code: string
}

function wordsFor(failure: HttpFailure, url: string): Words {
  switch (failure.code) {
    case 'unauthenticated':
      return { status: 401, code: 'UNAUTHORIZED' }
    case 'forbidden':
      return {
        status: 403,
        code: failure.rule === 'self_approval' ? 'SELF_APPROVAL' : 'INSUFFICIENT_PERMISSIONS',
      }
    case 'not_found':
      return { status: 404, code: missing[failure.rule] ?? missingAt(failure, url) }
    case 'invalid':
      return brokenRule(failure)
    case 'wrong_state':
      return { status: 409, code: 'INVALID_STATUS_TRANSITION' }
    case 'conflict':
      return { status: 409, code: failure.rule === 'label_exists' ? 'LABEL_EXISTS' : 'CONFLICT' }
    case 'precondition_failed':
      return { status: 412, code: 'PRECONDITION_FAILED' }
    case 'too_large':
      return { status: 413, code: 'VALIDATION_ERROR' }
    case 'unsupported_media_type':
      return { status: 415, code: 'VALIDATION_ERROR' }
    case 'rate_limited':
      return { status: 429, code: failure.rule === 'plan_limit' ? 'PUBLISH_LIMIT_REACHED' : 'RATE_LIMITED' }
    case 'unavailable':
      return { status: 503, code: 'UNAVAILABLE' }
    case 'internal':
      return { status: 500, code: 'INTERNAL_ERROR' }
  }
}

const missing: Record<string, string> = {
  post_not_found: 'SLOT_NOT_FOUND',
  approval_not_found: 'SLOT_NOT_FOUND',
  account_not_found: 'CONNECTION_NOT_FOUND',
  campaign_not_found: 'CAMPAIGN_NOT_FOUND',
  label_not_found: 'LABEL_NOT_FOUND',
  recurrence_not_found: 'RECURRING_NOT_FOUND',
}

/** An id that is none names nothing of the kind that the address is about. */
function missingAt({ rule }: HttpFailure, url: string): string {
  if (rule !== 'malformed_id') return 'NOT_FOUND'
  const kind = /^\/content\/(slots|connections|campaigns|labels|recurring)\//.exec(url)?.[1] ?? ''
  const codes: Record<string, string> = {
    slots: 'SLOT_NOT_FOUND',
    connections: 'CONNECTION_NOT_FOUND',
    campaigns: 'CAMPAIGN_NOT_FOUND',
    labels: 'LABEL_NOT_FOUND',
    recurring: 'RECURRING_NOT_FOUND',
  }
  return codes[kind] ?? 'NOT_FOUND'
}

const rules: Record<string, Words> = {
  schedule_past_time: { status: 422, code: 'SCHEDULE_PAST_TIME' },
  account_expired: { status: 422, code: 'CONNECTION_EXPIRED' },
  account_not_working: { status: 422, code: 'CONNECTION_EXPIRED' },
  account_inactive: { status: 422, code: 'CONNECTION_EXPIRED' },
  account_not_found: { status: 404, code: 'CONNECTION_NOT_FOUND' },
  campaign_not_found: { status: 404, code: 'CAMPAIGN_NOT_FOUND' },
  label_not_found: { status: 404, code: 'LABEL_NOT_FOUND' },
  content_type_unsupported: { status: 422, code: 'INVALID_CONTENT_TYPE' },
  media_required: { status: 422, code: 'MEDIA_REQUIRED' },
  bulk_limit: { status: 422, code: 'BULK_LIMIT_EXCEEDED' },
  oauth_state: { status: 422, code: 'INVALID_OAUTH_STATE' },
}

function brokenRule({ rule, issues }: HttpFailure): Words {
  return rules[rule] ?? codeOf(issues[0])
}

/** What a network's limits say against a caption has one code, whichever limit it is. */
const codeOf = (issue: Issue | undefined): Words =>
  (issue && rules[issue.rule]) ?? {
    status: 422,
    code: issue?.network ? 'PLATFORM_VALIDATION_FAILED' : 'VALIDATION_ERROR',
  }

/** In a bulk request each issue says which slot it is about. */
const detailsOf = ({ issues }: HttpFailure, url: string) =>
  issues.map(({ path, message, ...facts }) => {
    const index = /^(?:posts|slots)[[.](\d+)/.exec(path)?.[1]
    const where =
      index === undefined ? {} : { index: Number(index), code: codeOf({ path, message, ...facts }).code }
    const words = url.startsWith('/content/recurring') ? recurringWords : slotWords
    return {
      ...where,
      path: words.reduce((text, [ours, theirs]) => text.replace(ours, theirs), path),
      message,
      ...facts,
    }
  })

/** Operations name the fields as the native API does. */
const slotWords: [RegExp, string][] = [
  [/^posts\b/, 'slots'],
  [/(^|\.)content$/, '$1caption'],
  [/(^|\.)targetAccountIds\.(\d+)$/, '$1targets.$2.connectionId'],
  [/(^|\.)dueAt$/, '$1scheduledAt'],
]
const recurringWords: [RegExp, string][] = [
  [/^content$/, 'templateCaption'],
  [/^mediaIds/, 'templateMediaIds'],
  [/^targetAccountIds/, 'targetConnectionIds'],
  [/^cron$/, 'cronExpression'],
]

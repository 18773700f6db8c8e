import { type Answer, Refused } from '../answer.ts'

/** Mastodon's own words for saying no (config/locales/en.yml of mastodon/mastodon, read 2026-11-22). */
export const answers = {
  tokenInvalid: { status: 401, body: { error: 'The access token is invalid' } },
  tokenRevoked: { status: 401, body: { error: 'The access token was revoked' } },
  noUser: { status: 422, body: { error: 'This method requires an authenticated user' } },
  outsideScopes: { status: 403, body: { error: 'This action is outside the authorized scopes' } },
  notFound: { status: 404, body: { error: 'Record not found' } },
  replyNotFound: {
    status: 404,
    body: { error: 'The post you are trying to reply to does not appear to exist.' },
  },
  serverError: { status: 500, body: { error: 'We are sorry, but something went wrong on our end' } },
} satisfies Record<string, Answer>

export const refuse = (answer: Answer) => new Refused(answer)

/** 422, as `Mastodon::ValidationError` and ActiveRecord say it. */
export const unprocessable = (error: string) => new Refused({ status: 422, body: { error } })
export const validationFailed = (what: string) => unprocessable(`Validation failed: ${what}`)

export const tooManyRequests = (resetAt: Date, limit: number): Answer => ({
  status: 429,
  headers: {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': resetAt.toISOString(),
  },
  body: { error: 'Too many requests' },
})

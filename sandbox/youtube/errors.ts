import { type Answer, Refused } from '../answer.ts'

/** `{error: {code, message, errors: [{domain, reason, message}]}}` (developers.google.com/youtube/v3/docs/errors). */
export const error = (code: number, reason: string, message: string, domain = 'youtube.common'): Answer => ({
  status: code,
  body: { error: { code, message, errors: [{ message, domain, reason }] } },
})

export const answers = {
  authError: error(401, 'authError', 'Invalid Credentials', 'global'),
  scopes: error(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.', 'global'),
  signup: error(401, 'youtubeSignupRequired', 'Unauthorized', 'youtube.header'),
  videoNotFound: error(
    404,
    'videoNotFound',
    'The video that you are trying to change cannot be found.',
    'youtube.video',
  ),
  forbidden: error(403, 'forbidden', 'The request is not properly authorized.'),
  quotaExceeded: error(
    403,
    'quotaExceeded',
    'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.',
    'youtube.quota',
  ),
  uploadLimitExceeded: error(
    400,
    'uploadLimitExceeded',
    'The user has exceeded the number of videos they may upload.',
    'youtube.video',
  ),
  notFound: error(404, 'notFound', 'Not Found', 'global'),
  serverError: error(500, 'backendError', 'Internal error encountered.', 'global'),
}

export const refuse = (answer: Answer) => new Refused(answer)
export const bad = (reason: string, message: string, domain?: string) =>
  new Refused(error(400, reason, message, domain))

export const tooManyRequests = (retryAfterMs: number): Answer => ({
  ...error(429, 'rateLimitExceeded', 'Resource has been exhausted (e.g. check quota).', 'global'),
  headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
})

/** Google's token endpoint has a shape of its own. */
export const oauthError = (status: number, code: string, description: string) =>
  new Refused({ status, body: { error: code, error_description: description } })

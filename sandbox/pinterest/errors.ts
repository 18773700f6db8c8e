import { type Answer, Refused } from '../answer.ts'

/** `{code, message}`, in the words of the official description's examples (5.23.0) where it has some. */
const error = (status: number, code: number, message: string): Answer => ({ status, body: { code, message } })

export const answers = {
  authenticationFailed: error(401, 2, 'Authentication failed.'),
  notPermitted: error(403, 29, 'You are not permitted to access that resource.'),
  boardNotFound: error(404, 40, 'Board not found.'),
  pinNotFound: error(404, 50, 'Pin not found.'),
  mediaNotFound: error(404, 2031, 'Media not found.'),
  notFound: error(404, 1, 'Not found.'),
  serverError: error(500, 12, 'Something went wrong on our end. Sorry about that.'),
}

export const refuse = (answer: Answer) => new Refused(answer)
export const invalid = (message: string) => new Refused(error(400, 1, message))

export const tooManyRequests = (retryAfterMs: number): Answer => ({
  ...error(429, 8, 'This request exceeded a rate limit.'),
  headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(retryAfterMs / 1000)) },
})

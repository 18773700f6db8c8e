import { type Answer, Refused } from '../answer.ts'

/** As X says no: a problem with title, detail, type and status (docs.x.com, response-codes-and-errors). */
export const problem = (
  status: number,
  type: string,
  title: string,
  detail: string,
  headers?: Record<string, string>,
): Answer => ({
  status,
  headers,
  body: {
    title,
    detail,
    type: type === 'about:blank' ? type : `https://api.x.com/2/problems/${type}`,
    status,
  },
})

export const unauthorized = problem(401, 'about:blank', 'Unauthorized', 'Unauthorized')
export const serverError = problem(500, 'internal-error', 'Internal Error', 'Something went wrong')
export const invalid = (detail: string) =>
  new Refused(problem(400, 'invalid-request', 'Invalid Request', detail))
export const forbidden = (detail: string) => new Refused(problem(403, 'about:blank', 'Forbidden', detail))
export const duplicate = () => forbidden('You are not allowed to create a Tweet with duplicate content.')
export const notFound = (detail: string) =>
  new Refused(problem(404, 'resource-not-found', 'Not Found Error', detail))
export const missingScope = () =>
  new Refused(
    problem(403, 'not-authorized-for-resource', 'Forbidden', 'You are not permitted to perform this action.'),
  )

export const tooMany = (resetAt: Date, limit: number, ofApp?: Record<string, string>): Answer =>
  problem(429, 'rate-limit-exceeded', 'Too Many Requests', 'Too Many Requests', {
    ...rateHeaders({ resetAt, limit, remaining: 0 }),
    ...ofApp,
  })

/** Of all users of the app; not documented, but public clients read them (seen 1 December 2026). */
export const appHeaders = (taken: { resetAt: Date; limit: number; remaining: number }) => ({
  'x-app-limit-24hour-limit': String(taken.limit),
  'x-app-limit-24hour-remaining': String(taken.remaining),
  'x-app-limit-24hour-reset': String(Math.ceil(taken.resetAt.getTime() / 1000)),
})

/** The window's end is a second of X's own clock. */
export const rateHeaders = (taken: { resetAt: Date; limit: number; remaining: number }) => ({
  'x-rate-limit-limit': String(taken.limit),
  'x-rate-limit-remaining': String(taken.remaining),
  'x-rate-limit-reset': String(Math.ceil(taken.resetAt.getTime() / 1000)),
})

import { type Answer, Refused } from '../answer.ts'

export const no = (
  status: number,
  code: string,
  message: string,
  headers?: Record<string, string>,
): Answer => ({
  status,
  headers,
  body: { status, code, serviceErrorCode: 100, message },
})

export const unauthorized = no(
  401,
  'REVOKED_ACCESS_TOKEN',
  'The token used in the request has been revoked by the user',
)
export const expired = no(401, 'EXPIRED_ACCESS_TOKEN', 'The token used in the request has expired')
export const serverError = no(500, 'INTERNAL_SERVER_ERROR', 'Internal Server Error')

export const bad = (code: string, message: string) => new Refused(no(400, code, message))
export const missing = () => new Refused(no(404, 'NOT_FOUND', 'Not found'))
export const denied = (what: string) =>
  new Refused(no(403, 'ACCESS_DENIED', `Not enough permissions to access: ${what}`))
